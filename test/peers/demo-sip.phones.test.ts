import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { environment, temporaryFolder } from '../harness/server-process.ts';

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
  const { state, reason, createdAt, callerAnsweredAt, connectedAt, endedAt } = call;
  assert.deepEqual([state, reason], ['disconnected', 'hangUp']);
  const order = [createdAt, callerAnsweredAt, connectedAt, endedAt];
  assert.deepEqual(order, order.toSorted());
  assert.equal(new Set(order).size, 4);
});

/** Of a process; empty for one that is gone. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

for (const moment of ['registered as', "callee's phone rings"]) {
  test(`the demonstration ends at once when it is interrupted as it says “${moment}”, and leaves nothing`, async () => {
    const TMPDIR = temporaryFolder();
    // Ctrl-C reaches all of a terminal's processes: a group of their own
    const demo = spawn(process.execPath, [DEMO], { env: environment({ TMPDIR }), detached: true });
    let output = '';
    let asked = 0;
    for (const stream of [demo.stdout, demo.stderr])
      stream.on('data', (data) => {
        output += data;
        if (asked > 0 || !output.includes(moment)) return;
        asked = performance.now();
        process.kill(-(demo.pid ?? 0), 'SIGINT');
      });
    const [code] = await once(demo, 'close');
    assert.equal(code, 130, output);
    assert.ok(performance.now() - asked < 10_000, `took ${performance.now() - asked} ms`);
    assert.match(output, /interrupted: .*\n$/, 'that, and nothing after it');
    assert.deepEqual(readdirSync(TMPDIR), []);
    const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(TMPDIR));
    assert.deepEqual(left.map(commandOf), []);
  });
}
