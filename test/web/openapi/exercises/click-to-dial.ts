import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { COMMAND_LINE } from '../../../../src/core/audit/actor.ts';
import type { TestApp } from '../../../harness/app.ts';
import { bearer } from '../../../harness/people.ts';
import { JSON_BODY, request } from '../../../platform/http/request.ts';
import type { Exercise, ExercisesOfFace, Sent } from './exercise.ts';
import type { Stage } from './stage.ts';

const BASE = '/click-to-dial/v0.2';
const CALLER = '+447700900001';
const PREMIUM_CALLER = '+449090000001';
const PREMIUM = '+449090000000';
/** Kept for fiction, and so simulated. */
const SIMULATED = '+12025550100';
let called = 1000;

/** Another one each time, since there is one call at most between two numbers. */
function newCallee(): string {
  return `+4477009${String(++called).padStart(5, '0')}`;
}

const byUser =
  (sent: Sent): Exercise =>
  ({ tokens }) => ({ ...sent, token: tokens.user });

const opening = (further: object = {}, caller = CALLER) => ({
  path: `${BASE}/calls`,
  json: { caller: { number: caller }, callee: { number: newCallee() }, ...further },
});

const opens =
  (further: object = {}, caller = CALLER): Exercise =>
  (stage) =>
    byUser(opening(further, caller))(stage);

/** One call a minute may be opened there: whether it is this one does not matter. */
async function openOnce(node: TestApp, token: string): Promise<void> {
  const { path, json } = opening();
  await request(node, 'POST', path, { ...JSON_BODY, ...bearer(token) }, JSON.stringify(json));
}

const calls = (number: string) => ({ callee: { number } });

async function post({ app, tokens }: Stage, { path, json, headers = {} }: Sent): Promise<string> {
  const all = { ...JSON_BODY, ...bearer(tokens.user), ...headers };
  const answer = await request(app, 'POST', path, all, JSON.stringify(json));
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json()['callId']);
}

/** The same request again, or another with the same key. */
const repeats =
  (change: object = {}): Exercise =>
  async (stage) => {
    const sent = { ...opening(), headers: { 'idempotency-key': randomUUID() } };
    await post(stage, sent);
    return byUser({ ...sent, json: { ...sent.json, ...change } })(stage);
  };

/** On a call opened for it. */
const onCall =
  (suffix = '', further: object = {}): Exercise =>
  async (stage) =>
    byUser({ path: `${BASE}/calls/${await post(stage, opening(further))}${suffix}` })(stage);

const onEndedCall =
  (suffix = ''): Exercise =>
  async (stage) => {
    const id = await post(stage, opening());
    await stage.app.calls.endCall(id, COMMAND_LINE);
    return byUser({ path: `${BASE}/calls/${id}${suffix}` })(stage);
  };

const onSimulatedCall =
  (suffix: string): Exercise =>
  async (stage) => {
    await endAll(stage, SIMULATED);
    return onCall(suffix, calls(SIMULATED))(stage);
  };

async function endAll({ app }: Stage, callee: string): Promise<void> {
  const rows = await app.sql<{ id: string }>('SELECT id FROM calls WHERE callee = $1', [callee]);
  for (const { id } of rows) await app.calls.endCall(id, COMMAND_LINE);
}

const onRecordedCall: Exercise = async (stage) => {
  const { app } = stage;
  await endAll(stage, SIMULATED);
  const id = await post(stage, opening({ ...calls(SIMULATED), recordingEnabled: true }));
  await app.sql(`UPDATE calls SET state = 'connected', connected_at = now() WHERE id = $1`, [id]);
  await app.calls.endCall(id, COMMAND_LINE);
  return byUser({ path: `${BASE}/calls/${id}/recording` })(stage);
};

const unknown = (suffix = '') => byUser({ path: `${BASE}/calls/unknown${suffix}` });
const unreadable = (suffix = '') => byUser({ path: `${BASE}/calls/a%20b${suffix}` });

export const clickToDial: ExercisesOfFace = {
  createCall: {
    ordinary: opens(),
    others: {
      '201': [
        opens({
          clickToCall: {
            timeLimit: 60,
            ringTimeout: 20,
            clientReference: 'order 7',
            metadata: { order: '7' },
          },
        }),
        repeats(),
      ],
      '400 INVALID_ARGUMENT': [opens({ callee: {} }), opens({ unknown: 1 })],
      '400 OUT_OF_RANGE': opens({ clickToCall: { timeLimit: 1_000_000 } }),
      '400 INVALID_CREDENTIAL': opens({
        sink: 'https://sink.example/events',
        sinkCredential: { credentialType: 'PRIVATE_KEY_JWT' },
      }),
      '403 INVALID_TOKEN_CONTEXT': opens({}, '+447700900999'),
      '409 ALREADY_EXISTS': async (stage) => {
        const sent = opening();
        await post(stage, sent);
        return byUser(sent)(stage);
      },
      '422 INVALID_PHONE_NUMBER': opens(calls('12')),
      '422 CALLER_NOT_AVAILABLE': opens({}, PREMIUM_CALLER),
      '422 CALLEE_NOT_AVAILABLE': opens(calls(PREMIUM)),
      '422 SAME_CALLER_CALLEE': opens(calls(CALLER)),
      '422 RECORDING_NOT_SUPPORTED': opens({ recordingEnabled: true }),
      '422 IDEMPOTENCY_KEY_REUSED': repeats(calls(newCallee())),
      '429 QUOTA_EXCEEDED': [
        ({ tokens }) => ({ ...opening({}, '+447700900002'), token: tokens.userWithoutPlaces }),
        ({ tokens, costly: node }) => ({
          ...opening({}, '+447700900003'),
          ...{ token: tokens.userWithoutTalkTime, node },
        }),
      ],
      '429 TOO_MANY_REQUESTS': async (stage) => {
        const { tokens, costly: node } = stage;
        await openOnce(node, tokens.user);
        return byUser({ ...opening(), node })(stage);
      },
    },
  },
  getCall: {
    ordinary: onCall(),
    others: {
      '200': onEndedCall(),
      '400 INVALID_ARGUMENT': unreadable(),
      '404 NOT_FOUND': unknown(),
    },
  },
  terminateCall: {
    ordinary: onCall(),
    others: {
      '400 INVALID_ARGUMENT': unreadable(),
      '404 NOT_FOUND': unknown(),
      '409 ALREADY_EXISTS': onEndedCall(),
    },
  },
  getRecording: {
    ordinary: onRecordedCall,
    others: {
      '400 INVALID_ARGUMENT': unreadable('/recording'),
      '404 NOT_FOUND': [unknown('/recording'), onEndedCall('/recording')],
    },
  },
  listCalls: {
    ordinary: byUser({ path: `${BASE}/calls?page_size=2` }),
    others: {
      '200': byUser({ path: `${BASE}/calls?state=failed` }),
      '400 INVALID_ARGUMENT': [
        byUser({ path: `${BASE}/calls?page_size=0` }),
        byUser({ path: `${BASE}/calls`, headers: { 'x-correlator': '(' } }),
      ],
      '422 INVALID_PHONE_NUMBER': byUser({ path: `${BASE}/calls?callee=12` }),
    },
  },
  getLimits: { ordinary: byUser({ path: `${BASE}/me/limits` }) },
  getNumbers: { ordinary: byUser({ path: `${BASE}/me/numbers` }) },
  renewCall: {
    ordinary: onCall('/renew'),
    others: {
      '400 INVALID_ARGUMENT': unreadable('/renew'),
      '404 NOT_FOUND': unknown('/renew'),
      '409 ALREADY_EXISTS': onEndedCall('/renew'),
      '422 SERVICE_NOT_APPLICABLE': onSimulatedCall('/renew'),
    },
  },
};
