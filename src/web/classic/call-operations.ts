import { Type } from 'typebox';
import { CallNotFound } from '../../core/calls/call-errors.ts';
import { CallLimitReached, CallRateReached, TalkTimeSpent } from '../../core/calls/limit-errors.ts';
import { CalleeNotAllowed } from '../../core/phone-numbers/dialling-errors.ts';
import { SCOPE_CALL } from '../../core/tokens/access-token.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { FORM_OR_JSON, JSON_OR_XML, TAGS } from '../../platform/http/openapi/operation.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { tokenAsIn2012 } from '../openapi/security.ts';
import { ClassicCall } from './call-representation.ts';

const tags = [TAGS.classicCalls];
const security = tokenAsIn2012(SCOPE_CALL);

const tokenCall = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'The call, as its `Location` and `info.token` name it.',
});

export const openCall = {
  operationId: 'openClassicCall',
  summary: 'Open a call',
  description:
    'Opens a call from the user’s own number to `number`, unless the user has as many ongoing calls as their limit allows.',
  tags,
  security,
  consumes: FORM_OR_JSON,
  body: Type.Object({
    number: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Whom to call: E.164, or as it is dialled in the server’s own country.',
      examples: ['+447700900123'],
    }),
  }),
  response: {
    201: empty('The call is open.', {
      Location: Type.String({ format: 'uri', description: 'The address of the call.' }),
    }),
  },
  errors: [CalleeNotAllowed, CallLimitReached, CallRateReached, TalkTimeSpent],
};

export const stopCall = {
  operationId: 'stopClassicCall',
  summary: 'Stop a call',
  description: 'Ends a call of the user’s. Stopping it again changes nothing and is answered alike.',
  tags,
  security,
  consumes: FORM_OR_JSON,
  body: Type.Object({ token_call: tokenCall }),
  response: { 200: empty('The call has ended.') },
  errors: [CallNotFound],
};

export const showCalls = {
  operationId: 'showClassicCalls',
  summary: 'Show one call, or all that are ongoing',
  description:
    'With `token_call` that call of the user’s, ongoing or not; without, all the user’s ongoing calls, whichever application opened them, oldest first.',
  tags,
  security,
  produces: JSON_OR_XML,
  querystring: Type.Object({
    token_call: Type.Optional(tokenCall),
    access_token: Type.Optional(Type.Unknown()),
  }),
  response: {
    200: Type.Union(
      [
        ClassicCall,
        Type.Array(ClassicCall, {
          xml: { name: 'calls', wrapped: true },
        }),
      ],
      { description: 'The call, or the ongoing calls.' },
    ),
  },
  errors: [CallNotFound, NotAcceptable],
};
