import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { COMMAND_LINE } from '../../../../src/core/audit/actor.ts';
import { bearer } from '../../../harness/people.ts';
import { JSON_BODY, request } from '../../../platform/http/request.ts';
import type { Exercise, ExercisesOfFace, Sent } from './exercise.ts';
import type { Stage } from './stage.ts';

const CALLS = '/api/v1/calls';
const ME = '/api/v1/me';
const CALLER = '+447700900001';
const PREMIUM_CALLER = '+449090000001';
const PREMIUM = '+449090000000';
/** Reserved for fiction, and so simulated. */
const SIMULATED = '+12025550101';
let opened = 5000;

/** Another one each time, because there is at most one call between two numbers. */
function newCallee(): string {
  return `+4477009${String(++opened).padStart(5, '0')}`;
}

const byUser =
  (sent: Sent): Exercise =>
  ({ tokens }) => ({ ...sent, token: tokens.user });

const opening = (further: object = {}) => ({
  path: CALLS,
  json: { caller: CALLER, callee: newCallee(), ...further },
});

const opens =
  (further: object = {}): Exercise =>
  (stage) =>
    byUser(opening(further))(stage);

/** Opens a call as the user. @returns its id */
async function open({ app, tokens }: Stage, { path, json, headers = {} }: Sent): Promise<string> {
  const all = { ...JSON_BODY, ...bearer(tokens.user), ...headers };
  const answer = await request(app, 'POST', path, all, JSON.stringify(json));
  assert.equal(answer.status, 201, answer.text);
  return answer.json<{ id: string }>().id;
}

/** The same request again, or another one with the same key. */
const repeats =
  (change: object = {}): Exercise =>
  async (stage) => {
    const sent = { ...opening(), headers: { 'idempotency-key': randomUUID() } };
    await open(stage, sent);
    return byUser({ ...sent, json: { ...sent.json, ...change } })(stage);
  };

const onCall =
  (suffix = '', further: object = {}): Exercise =>
  async (stage) =>
    byUser({ path: `${CALLS}/${await open(stage, opening(further))}${suffix}` })(stage);

const onEndedCall =
  (suffix = ''): Exercise =>
  async (stage) => {
    const id = await open(stage, opening());
    await stage.app.calls.endCall(id, COMMAND_LINE);
    return byUser({ path: `${CALLS}/${id}${suffix}` })(stage);
  };

const onSimulatedCall =
  (suffix: string): Exercise =>
  async (stage) => {
    await endSimulated(stage);
    return onCall(suffix, { callee: SIMULATED })(stage);
  };

async function endSimulated({ app }: Stage): Promise<void> {
  const rows = await app.sql<{ id: string }>('SELECT id FROM calls WHERE callee = $1', [SIMULATED]);
  for (const { id } of rows) await app.calls.endCall(id, COMMAND_LINE);
}

const onRecordedCall: Exercise = async (stage) => {
  await endSimulated(stage);
  const id = await open(stage, opening({ callee: SIMULATED, recordingEnabled: true }));
  await stage.app.sql(`UPDATE calls SET state = 'connected', connected_at = now() WHERE id = $1`, [id]);
  await stage.app.calls.endCall(id, COMMAND_LINE);
  return byUser({ path: `${CALLS}/${id}/recording` })(stage);
};

const unknown = (suffix = '') => byUser({ path: `${CALLS}/unknown${suffix}` });

/** One call a minute may be opened there; whether this one is, does not matter. */
const tooSoon: Exercise = async (stage) => {
  const { tokens, costly: node } = stage;
  const { path, json } = opening();
  await request(node, 'POST', path, { ...JSON_BODY, ...bearer(tokens.user) }, JSON.stringify(json));
  return byUser({ ...opening(), node })(stage);
};

export const apiCalls: ExercisesOfFace = {
  openCall: {
    ordinary: opens(),
    others: {
      '201': [
        opens({ timeLimit: 60, ringTimeout: 20, clientReference: 'order 7', metadata: { order: '7' } }),
        ({ tokens }) => ({ path: CALLS, json: { callee: newCallee() }, token: tokens.user }),
        repeats(),
      ],
      '400 invalid_input': [
        opens({ callee: '' }),
        opens({ callee: '12' }),
        opens({ unknown: 1 }),
        opens({ timeLimit: 1_000_000 }),
      ],
      '400 same_caller_and_callee': opens({ callee: CALLER }),
      '403 caller_not_own': opens({ caller: '+447700900999' }),
      '403 caller_not_allowed': opens({ caller: PREMIUM_CALLER }),
      '403 callee_not_allowed': opens({ callee: PREMIUM }),
      '409 call_already_ongoing': async (stage) => {
        const sent = opening();
        await open(stage, sent);
        return byUser(sent)(stage);
      },
      '422 recording_not_supported': opens({ recordingEnabled: true }),
      '422 idempotency_key_reused': repeats({ callee: newCallee() }),
      '429 call_limit_reached': ({ tokens }) => ({
        ...opening({ caller: '+447700900002' }),
        token: tokens.userWithoutPlaces,
      }),
      '429 call_rate_reached': tooSoon,
      '429 talk_time_spent': ({ tokens, costly: node }) => ({
        ...opening({ caller: '+447700900003' }),
        ...{ token: tokens.userWithoutTalkTime, node },
      }),
    },
  },
  listCalls: {
    ordinary: byUser({ path: `${CALLS}?page_size=2` }),
    others: {
      '200': byUser({ path: `${CALLS}?state=failed` }),
      '400 invalid_input': [
        byUser({ path: `${CALLS}?page_size=0` }),
        byUser({ path: `${CALLS}?callee=12` }),
        byUser({ path: CALLS, headers: { 'x-correlator': '(' } }),
      ],
    },
  },
  showCall: {
    ordinary: onCall(),
    others: { '200': onEndedCall(), '404 call_not_found': unknown() },
  },
  renewCall: {
    ordinary: onCall('/renew'),
    others: {
      '404 call_not_found': unknown('/renew'),
      '409 call_ended': onEndedCall('/renew'),
      '422 call_not_renewable': onSimulatedCall('/renew'),
    },
  },
  endCall: {
    ordinary: onCall(),
    others: { '204': onEndedCall(), '404 call_not_found': unknown() },
  },
  listCallEvents: {
    ordinary: onCall('/events'),
    others: { '200': onEndedCall('/events'), '404 call_not_found': unknown('/events') },
  },
  downloadRecording: {
    ordinary: onRecordedCall,
    others: {
      '404 call_not_found': unknown('/recording'),
      '404 recording_not_found': onEndedCall('/recording'),
    },
  },
  showLimits: { ordinary: byUser({ path: `${ME}/limits` }) },
  showNumbers: { ordinary: byUser({ path: `${ME}/numbers` }) },
};
