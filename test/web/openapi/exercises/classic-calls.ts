import { randomUUID } from 'node:crypto';
import { NUMBER, openCall, postCall } from '../../classic/call.ts';
import type { ExercisesOfFace, Sent } from './exercise.ts';
import type { Stage } from './stage.ts';

const open = (form: Record<string, string>) => ({ path: '/rest/call', form });
/** The default number of anna, whose token `tokens.user` is. */
const OWN_NUMBER = '+447700900001';
/** Ofcom's 09 numbers cost more. */
const PREMIUM = '+449090000000';
const unknownCall = { token_call: 'unknown' };

async function ownCall({ app, tokens }: Stage): Promise<string> {
  return openCall(app, tokens.user);
}

const byUser = (sent: Sent) => (stage: Stage) => ({ ...sent, token: stage.tokens.user });

export const classicCalls: ExercisesOfFace = {
  openClassicCall: {
    ordinary: byUser(open({ number: NUMBER })),
    others: {
      '201': async ({ app, tokens }) => {
        const headers = { 'idempotency-key': randomUUID() };
        await postCall(app, tokens.user, NUMBER, headers);
        return { ...open({ number: NUMBER }), token: tokens.user, headers };
      },
      '400 invalid_input': [
        byUser(open({ number: '12' })),
        ({ tokens }) => ({
          ...open({ number: NUMBER }),
          token: tokens.user,
          headers: { 'idempotency-key': 'with a space' },
        }),
        byUser(open({})),
        ({ tokens }) => ({
          ...open({ number: NUMBER }),
          token: tokens.user,
          headers: { authentication: 'Bearer x' },
        }),
      ],
      '422 idempotency_key_reused': async ({ app, tokens }) => {
        const headers = { 'idempotency-key': randomUUID() };
        await postCall(app, tokens.user, NUMBER, headers);
        return { ...open({ number: '+447700900199' }), token: tokens.user, headers };
      },
      '400 same_caller_and_callee': byUser(open({ number: OWN_NUMBER })),
      '403 caller_not_allowed': ({ tokens }) => ({
        ...open({ number: NUMBER }),
        token: tokens.userWithPremiumNumber,
      }),
      '403 callee_not_allowed': byUser(open({ number: PREMIUM })),
      '409 call_limit_reached': ({ tokens }) => ({
        ...open({ number: NUMBER }),
        token: tokens.userWithoutPlaces,
      }),
      '409 call_rate_reached': async ({ tokens, costly: node }) => {
        await postCall(node, tokens.user);
        return { ...open({ number: NUMBER }), token: tokens.user, node };
      },
      '409 talk_time_spent': ({ tokens, costly: node }) => ({
        ...open({ number: NUMBER }),
        ...{ token: tokens.userWithoutTalkTime, node },
      }),
    },
  },
  stopClassicCall: {
    ordinary: async (stage) => byUser(open({ token_call: await ownCall(stage) }))(stage),
    others: {
      '400 invalid_input': byUser(open({})),
      '409 call_not_found': byUser(open(unknownCall)),
    },
  },
  showClassicCalls: {
    ordinary: byUser({ path: '/rest/call' }),
    others: {
      '200': [
        async (stage) => ({
          path: `/rest/call?token_call=${await ownCall(stage)}`,
          token: stage.tokens.user,
        }),
        async (stage) => ({ path: `/rest/call?access_token=${stage.tokens.user}` }),
      ],
      '409 call_not_found': byUser({ path: '/rest/call?token_call=unknown' }),
    },
  },
};
