import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Core } from '../../../packages/sip/vendor/sip.js/index.js';
import { createSipCarrier } from '../../../src/carriers/sip/sip-carrier.ts';
import { readConfig } from '../../../src/config/config.ts';
import { createDiallingPolicy } from '../../../src/core/phone-numbers/dialling-policy.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { insertCalls, insertUser } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { freePort } from '../../harness/free-port.ts';
import { until } from '../../harness/until.ts';
import { RawPhone } from '../../peers/raw-phone.ts';
import { heldCall } from '../held-call.ts';

const app = await startApp();
const nodeId = randomUUID();
await app.sql(`INSERT INTO nodes (id, seen_at) VALUES ($1, now() + interval '1 hour')`, [nodeId]);
const { sip } = readConfig({
  ...{ CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0' },
  SIP_PROXY: 'sip:127.0.0.1:1',
});
assert.ok(sip);
const lines: (Record<string, unknown> & { level: string; msg: string | undefined })[] = [];
const at = (level: string) => (what: unknown, msg?: string) =>
  lines.push({ level, ...(what as object), msg });
const deps = {
  ...{ database: app.database, nodeId, clock: systemClock, report() {} },
  policy: createDiallingPolicy({ allow: [], deny: [], country: undefined }),
  log: { debug() {}, info: at('info'), warn: at('warn'), error: at('error') },
};
const carrier = await createSipCarrier({ ...sip, proxy: undefined }, deps);
afterFile(() => carrier.close());

/** What is logged of a call to a user's phone at this address, without the call's id. */
async function unanswered(sipAddress: string | null, ring = async () => {}) {
  const userId = await insertUser(app, randomUUID());
  const [id = ''] = await insertCalls(app, userId, 1, { state: 'initiating', carrier: 'sip' });
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [nodeId, id]);
  const call = await heldCall(app.database, nodeId, id);
  carrier.originate({ ...call, sipAddress });
  await ring();
  const { callId, ...line } = await until('a log line', () => lines.find((each) => each['callId'] === id));
  return line;
}

async function refused(status: string) {
  const phone = await RawPhone.start();
  return unanswered(phone.uri, async () => phone.respond(await phone.next('INVITE'), status));
}

const LINE = { leg: 'caller', msg: 'sip: phone did not answer' };

test('a refusal of a phone is logged in one line, without a stack', async () => {
  assert.deepEqual(await refused('486 Busy Here'), {
    ...{ level: 'info', status: 486, reason: 'Busy Here' },
    ...LINE,
  });
});

test('a peer that requires credentials is logged as a warning', async () => {
  assert.deepEqual(await refused('401 Unauthorized'), {
    ...{ level: 'warn', status: 401, reason: 'Unauthorized' },
    ...LINE,
  });
});

test('a failure on this side is logged as a warning', async () => {
  const { reason, ...line } = await unanswered(`sip:phone@127.0.0.1:${await freePort()}`);
  assert.deepEqual(line, { level: 'warn', ...LINE });
  assert.match(String(reason), /ECONNREFUSED/);
});

test('a bug is logged as an error, with its stack', async (t) => {
  const bug = new TypeError('a bug');
  t.mock.method(Core.UserAgentCore.prototype, 'invite', () => {
    throw bug;
  });
  assert.deepEqual(await unanswered('sip:phone@127.0.0.1:9'), { level: 'error', err: bug, ...LINE });
});

test('a user with neither number nor address is not named', async () => {
  assert.deepEqual(await unanswered(null), {
    ...{ level: 'warn', reason: 'the user has neither a phone number nor a SIP address' },
    ...LINE,
  });
});

test('a proxy that cannot reach this node is logged at start', async () => {
  const started = await createSipCarrier({ ...sip, proxy: 'sip:pbx.example' }, deps);
  await started.close();
  assert.deepEqual(lines.at(-1), {
    ...{ level: 'warn', peerHost: 'pbx.example', address: '127.0.0.1' },
    msg: 'sip: peers cannot reach this node at a loopback address; set SIP_LISTEN or SIP_ADVERTISE',
  });
});
