import { type Static, Type } from 'typebox';
import { CALL_STATES } from '../../core/calls/call.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { pageParameters, timeParameter } from '../../platform/http/query.ts';
import { SAMPLES } from '../representations/samples.ts';

const strict = { additionalProperties: false } as const;

export const CallParams = Type.Object({
  callId: Type.String({
    minLength: 1,
    maxLength: 256,
    description: 'Id of the call.',
    examples: [SAMPLES.call],
  }),
});

const dialled = (description: string, example: string) =>
  Type.String({
    minLength: 1,
    maxLength: 64,
    description: `${description} E.164, or as dialled in the server’s own country.`,
    examples: [example],
  });
const seconds = (description: string, example: number) =>
  Type.Optional(
    Type.Integer({ minimum: 1, description: `${description}, in seconds.`, examples: [example] }),
  );

export const NewCall = Type.Object(
  {
    callee: dialled('The number to call.', SAMPLES.callee),
    caller: Type.Optional(
      dialled(
        'The user’s own phone, which rings first. By default the user’s default number.',
        SAMPLES.caller,
      ),
    ),
    ringTimeout: seconds('How long each phone may ring', 30),
    timeLimit: seconds('How long the call may be connected', 3600),
    recordingEnabled: Type.Optional(Type.Boolean({ description: 'Whether to record the call.' })),
    clientReference: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'The client’s own reference for the call.',
        examples: ['ticket-4711'],
      }),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,40}$' }), Type.String({ maxLength: 500 }), {
        ...strict,
        maxProperties: 20,
        description: 'Up to 20 strings for the client’s own use.',
        examples: [{ customer: '4711' }],
      }),
    ),
  },
  { ...strict, title: 'NewCall', description: 'A call to open.' },
);
export type NewCall = Static<typeof NewCall>;

export const CallQuery = Type.Object(
  {
    state: Type.Optional(oneOf(CALL_STATES, 'State of the call.')),
    ongoing: Type.Optional(oneOf(['true', 'false'], 'Whether the call is ongoing.')),
    caller: Type.Optional(dialled('Number of the caller.', SAMPLES.caller)),
    callee: Type.Optional(dialled('Number of the callee.', SAMPLES.callee)),
    from: timeParameter('Opened at or after this time'),
    to: timeParameter('Opened before this time'),
    ...pageParameters,
  },
  strict,
);
export type CallQuery = Static<typeof CallQuery>;
