import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { environment } from '../harness/server-process.ts';

const DEMO = new URL('demo-sip.ts', import.meta.url).pathname;

test('the demonstration rings two phones, shows the states and what each heard, and hangs up', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO], {
    env: environment({}),
    timeout: 60_000,
  });
  assert.deepEqual(
    [...stdout.matchAll(/^ *[\d.]+ s {4}(\w+)$/gm)].map(([, state]) => state),
    ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'],
  );
  const packets = [...stdout.matchAll(/sent (\d+) RTP packets and received (\d+)$/gm)].flatMap(
    ([, ...counts]) => counts,
  );
  assert.equal(packets.length, 4);
  for (const count of packets) assert.ok(Number(count) > 75, stdout);
  assert.match(stdout, /the caller's phone has hung up; it heard (9[89]\d|10[012]\d) Hz/);
  assert.match(stdout, /the callee's phone has hung up; it heard 4[345]\d Hz/);

  const call = JSON.parse(stdout.slice(stdout.indexOf('\n{\n')));
  const { reason, callerAnsweredAt, connectedAt, endedAt } = call.clickToCall;
  assert.deepEqual([call.status, reason], ['disconnected', 'hangUp']);
  const order = [call.createdAt, callerAnsweredAt, connectedAt, endedAt];
  assert.deepEqual(order, order.toSorted());
  assert.equal(new Set(order).size, 4);
});
