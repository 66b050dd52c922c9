import assert from 'node:assert/strict';
import { COMMAND_LINE } from '../../../../src/core/audit/actor.ts';
import type { TestApp } from '../../../harness/app.ts';
import { bearer } from '../../../harness/people.ts';
import { JSON_BODY, request } from '../../../platform/http/request.ts';
import { SINK } from '../../click-to-dial/call.ts';
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

async function post({ app, tokens }: Stage, { path, json }: Sent): Promise<string> {
  const headers = { ...JSON_BODY, ...bearer(tokens.user) };
  const answer = await request(app, 'POST', path, headers, JSON.stringify(json));
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json()['callId']);
}

/** On a call opened for it. */
const onCall: Exercise = async (stage) =>
  byUser({ path: `${BASE}/calls/${await post(stage, opening())}` })(stage);

const onEndedCall =
  (suffix = ''): Exercise =>
  async (stage) => {
    const id = await post(stage, opening());
    await stage.app.calls.endCall(id, COMMAND_LINE);
    return byUser({ path: `${BASE}/calls/${id}${suffix}` })(stage);
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
      '201': opens({ ...SINK, recordingEnabled: false }),
      '400 INVALID_ARGUMENT': [
        opens({ callee: {} }),
        opens({ unknown: 1 }),
        opens({ sink: 'http://sink.example/events' }),
      ],
      '409 ALREADY_EXISTS': async (stage) => {
        const sent = opening();
        await post(stage, sent);
        return byUser(sent)(stage);
      },
      '422 CLICK_TO_DIAL.INVALID_PHONE_NUMBER': opens(calls('12')),
      '422 CLICK_TO_DIAL.CALLER_NOT_AVAILABLE': [opens({}, PREMIUM_CALLER), opens({}, '+447700900999')],
      '422 CLICK_TO_DIAL.CALLEE_NOT_AVAILABLE': opens(calls(PREMIUM)),
      '422 CLICK_TO_DIAL.SAME_CALLER_CALLEE': opens(calls(CALLER)),
      '422 CLICK_TO_DIAL.RECORDING_NOT_SUPPORTED': opens({ recordingEnabled: true }),
      '422 PRIVATE_KEY_JWT_NOT_CONFIGURED': opens({
        sink: SINK.sink,
        sinkCredential: { credentialType: 'PRIVATE_KEY_JWT' },
      }),
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
    ordinary: onCall,
    others: {
      '200': onEndedCall(),
      '400 INVALID_ARGUMENT': unreadable(),
      '404 NOT_FOUND': unknown(),
    },
  },
  terminateCall: {
    ordinary: onCall,
    others: {
      '400 INVALID_ARGUMENT': unreadable(),
      '404 NOT_FOUND': unknown(),
      '409 INCOMPATIBLE_STATE': onEndedCall(),
    },
  },
  getRecording: {
    ordinary: onRecordedCall,
    others: {
      '400 INVALID_ARGUMENT': unreadable('/recording'),
      '404 NOT_FOUND': [unknown('/recording'), onEndedCall('/recording')],
    },
  },
};
