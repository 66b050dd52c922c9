import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertWholeLives, ending, inWords, reached } from '../../core/calls/lives.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { startServer } from '../../harness/server-process.ts';
import { until } from '../../harness/until.ts';
import { type Asterisk, startAsterisk } from '../../peers/asterisk.ts';
import { noAsterisk } from '../../peers/asterisk-place.ts';
import { addCaller, type Caller } from '../caller.ts';
import { callsIn } from './calls-in.ts';
import { callee, dialplan, ENDPOINTS } from './dialplan.ts';
import { startLine } from './line.ts';

const [TALKS, RINGS, CALLER_RINGS, HANGS_UP] = [callee('132'), callee('103'), callee('111'), callee('131')];

if (noAsterisk) suite('while Asterisk is away', { skip: noAsterisk });
else suite('while Asterisk is away', outages);

async function channelsOf(asterisk: Asterisk): Promise<string[]> {
  return (await asterisk.ask<{ id: string }[]>('GET', '/channels')).map(({ id }) => id);
}

async function outages(): Promise<void> {
  const asterisk = await startAsterisk({ extensions: dialplan() });
  const env = (app: string) => ({ ...asterisk.env(app), ...ENDPOINTS });

  async function open(
    caller: Caller,
    app: Parameters<Caller['open']>[0],
    ...callees: string[]
  ): Promise<string[]> {
    return Promise.all(callees.map((number) => caller.open(app, number, { recordingEnabled: true })));
  }

  test('the server starts, and its calls fail until Asterisk is available', async () => {
    await asterisk.kill();
    const app = await startApp(env('start'));
    const caller = await addCaller(app, 'caller');
    const id = await caller.open(app, TALKS);
    assert.equal(inWords(await ending(app, id)), 'failed: networkFailure, by carrier');
    await asterisk.start();
    await until('calls are made', async () => {
      const next = await caller.open(app, HANGS_UP);
      return (await ending(app, next)).reason === 'hangUp';
    });
    await assertWholeLives(app);
  });

  test('calls of a crashed Asterisk end, and have no recording', async () => {
    const app = await startApp(env('restart'));
    const caller = await addCaller(app, 'caller');
    const [talks = '', rings = '', first = ''] = await open(caller, app, TALKS, RINGS, CALLER_RINGS);
    await reached(app, talks, 'connected');
    await reached(app, rings, 'callingCallee');
    await reached(app, first, 'callingCaller');
    const before = await caller.open(app, HANGS_UP, { recordingEnabled: true });
    await ending(app, before);
    assert.equal((await caller.recording(app, before)).status, 200); // whole: what Asterisk has not written dies with it
    await asterisk.kill();
    const unreachable = await caller.recording(app, before);
    const { code } = JSON.parse(unreachable.content.toString()) as { code: string };
    assert.deepEqual([unreachable.status, code], [503, 'recording_unavailable']);
    await asterisk.start();
    assert.equal((await caller.recording(app, before)).status, 200);
    assert.equal(inWords(await ending(app, talks)), 'disconnected: other, by carrier');
    assert.equal(inWords(await ending(app, rings)), 'failed: other, by carrier');
    assert.equal(inWords(await ending(app, first)), 'failed: other, by carrier');
    const results = await Promise.all([talks, rings].map((id) => caller.read(app, id)));
    assert.deepEqual(
      results.map(({ recordingResult }) => recordingResult),
      ['fail', 'noRecord'],
    );
    assert.equal((await caller.recording(app, talks)).status, 404);
    await assertWholeLives(app);
  });

  test('calls continue, and missed events are found afterwards', async () => {
    const line = await startLine(asterisk.url);
    const app = await startApp({ ...env('line'), ARI_URL: line.url });
    const caller = await addCaller(app, 'caller');
    const [talks = '', rings = '', ended = '', hangsUp = ''] = await open(
      caller,
      app,
      TALKS,
      RINGS,
      TALKS,
      HANGS_UP,
    );
    for (const id of [talks, ended, hangsUp]) await reached(app, id, 'connected');
    await reached(app, rings, 'callingCallee');
    line.cut();
    assert.equal(await caller.end(app, ended), 204);
    await until(
      'one has hung up',
      async () => !(await channelsOf(asterisk)).includes(`line-${hangsUp}-callee`),
    );
    assert.equal((await callsIn(asterisk, 'line')).has(ended), true);
    line.mend();
    assert.equal(inWords(await ending(app, hangsUp)), 'disconnected: other, by carrier');
    await until('what was left is ended', async () => !(await callsIn(asterisk, 'line')).has(ended), 5);
    for (const id of [talks, rings]) assert.equal((await caller.read(app, id)).endedAt, null);
    assert.deepEqual(await callsIn(asterisk, 'line'), new Set([talks, rings]));

    await asterisk.ask('DELETE', `/channels/line-${talks}-callee`);
    assert.equal(inWords(await ending(app, talks)), 'disconnected: hangUp, by carrier');
    assert.equal(await caller.end(app, rings), 204);
    await until('nothing is left', async () => (await callsIn(asterisk, 'line')).size === 0);
    assert.match(line.said(), /^authorization: Basic /im);
    assert.doesNotMatch(line.said(), /api_key|only.Asterisk/i);
    await assertWholeLives(app);
  });

  test('a silently broken connection is detected', async () => {
    const line = await startLine(asterisk.url);
    const app = await startApp({ ...env('stall'), ARI_URL: line.url });
    const caller = await addCaller(app, 'caller');
    const id = await caller.open(app, TALKS);
    await reached(app, id, 'connected');
    line.stall();
    await asterisk.ask('DELETE', `/channels/stall-${id}-callee`);
    assert.equal(inWords(await ending(app, id)), 'disconnected: other, by carrier');
  });

  test('channels that a dead node left of ended calls are removed, and no others', async () => {
    const app = await startApp(env('dead'));
    const caller = await addCaller(app, 'caller');
    const server = await startServer({ DATABASE_URL: app.databaseUrl, ...env('dead') });
    const other = await startNode(app, env('dead'));
    const [ended = '', withdrawn = ''] = await open(caller, server, TALKS, RINGS);
    const [living = ''] = await open(caller, other, TALKS);
    for (const id of [ended, living]) await reached(app, id, 'connected');
    await reached(app, withdrawn, 'callingCallee');
    await asterisk.ask('POST', '/bridges/of-others?type=mixing');
    const { stdout, stderr } = await server.stop('SIGKILL');
    assert.doesNotMatch(stdout + stderr, /only.Asterisk/);
    for (const id of [ended, withdrawn]) assert.equal(await caller.end(app, id), 204);
    assert.ok((await callsIn(asterisk, 'dead')).has(ended), 'nobody has been told yet');
    const recorded = await caller.recording(app, ended);
    assert.equal(recorded.status, 200, 'what still was being recorded is there, too');
    await until('what is left is ended', async () => (await callsIn(asterisk, 'dead')).size === 1, 20);
    assert.deepEqual(await callsIn(asterisk, 'dead'), new Set([living]));
    await asterisk.ask('DELETE', '/bridges/of-others');
    assert.equal(await caller.end(app, living), 204);
    await until('nothing is left', async () => (await callsIn(asterisk, 'dead')).size === 0);
  });
}
