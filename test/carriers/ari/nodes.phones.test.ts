import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertWholeLives, ending, eventsOf, inWords, reached, statesOf } from '../../core/calls/lives.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { startAsterisk } from '../../peers/asterisk.ts';
import { noAsterisk } from '../../peers/asterisk-place.ts';
import { addCaller } from '../caller.ts';
import { callsIn } from './calls-in.ts';
import { callee, dialplan, ENDPOINTS } from './dialplan.ts';

const [TALKS, ANSWERS_LATE, SAYS_NOTHING] = [callee('132'), callee('102'), callee('115')];

if (noAsterisk) suite('nodes with one Asterisk', { skip: noAsterisk });
else suite('nodes with one Asterisk', nodes);

async function nodes(): Promise<void> {
  const asterisk = await startAsterisk({ extensions: dialplan() });
  const env = { ...asterisk.env('nodes'), ...ENDPOINTS };
  const app = await startApp(env);
  const caller = await addCaller(app, 'caller');

  async function holderOf(id: string): Promise<unknown> {
    return (await app.sql<{ node_id: unknown }>('SELECT node_id FROM calls WHERE id = $1', [id]))[0]?.node_id;
  }

  /** A node says that it lives whenever it looks at its calls. */
  async function nextLook(node: unknown): Promise<void> {
    const seenAt = async () =>
      (await app.sql<{ seen: string }>('SELECT seen_at::text AS seen FROM nodes WHERE id = $1', [node]))[0]
        ?.seen;
    const before = await seenAt();
    await until('the other one has looked', async () => (await seenAt()) !== before);
  }

  test('each node gets the events of its own calls only', async () => {
    const other = await startNode(app, env);
    const [ours, theirs] = await Promise.all([caller.open(app, TALKS), caller.open(other, TALKS)]);
    for (const id of [ours, theirs]) await reached(app, id, 'connected');
    assert.notEqual(await holderOf(ours), await holderOf(theirs));
    for (const id of [ours, theirs]) {
      await asterisk.ask('DELETE', `/channels/nodes-${id}-callee`);
      assert.equal(inWords(await ending(app, id)), 'disconnected: hangUp, by carrier');
    }
    await other.stop();
  });

  test('a phone that rings while its node stops is connected by the other one', async () => {
    const other = await startNode(app, env);
    const id = await caller.open(other, ANSWERS_LATE, { recordingEnabled: true });
    await reached(app, id, 'callingCallee');
    const before = await holderOf(id);
    await other.stop();
    await reached(app, id, 'connected');
    assert.notEqual(await holderOf(id), before);
    assert.deepEqual(await statesOf(app, id), ['initiating', 'callingCaller', 'callingCallee', 'connected']);
    await asterisk.ask('DELETE', `/channels/nodes-${id}-caller`);
    assert.equal(inWords(await ending(app, id)), 'disconnected: hangUp, by carrier');
    assert.equal((await caller.recording(app, id)).status, 200);
  });

  test('a phone that may already have been called is not called again', async () => {
    const other = await startNode(app, env);
    const id = await caller.open(other, SAYS_NOTHING);
    await reached(app, id, 'callingCallee');
    await other.stop();
    assert.equal(inWords(await ending(app, id)), 'failed: other, by carrier');
    await until('nothing is left', async () => !(await callsIn(asterisk, 'nodes')).has(id));
  });

  test('a node that was considered dead leaves its calls to the other one', async () => {
    const other = await startNode(app, env);
    const [talks, rings] = [await caller.open(other, TALKS), await caller.open(other, callee('103'))];
    await reached(app, talks, 'connected');
    await reached(app, rings, 'callingCallee');
    const theirs = await holderOf(talks);
    const ours = await holderOf(await caller.open(app, callee('111')));
    await app.sql('UPDATE calls SET node_id = $1 WHERE id = ANY ($2)', [ours, [talks, rings]]);
    await until('the one hears of them', async () => {
      const application = await asterisk.ask<{ channel_ids: string[] }>('GET', `/applications/nodes-${ours}`);
      return [`${talks}-callee`, `${rings}-caller`].every((id) =>
        application.channel_ids.includes(`nodes-${id}`),
      );
    });
    for (let look = 0; look < 2; look++) await nextLook(theirs);
    assert.ok((await callsIn(asterisk, 'nodes')).has(talks) && (await callsIn(asterisk, 'nodes')).has(rings));
    await asterisk.ask('DELETE', `/channels/nodes-${talks}-callee`);
    assert.equal(inWords(await ending(app, talks)), 'disconnected: hangUp, by carrier');
    await asterisk.ask('DELETE', `/channels/nodes-${rings}-caller`);
    assert.equal(inWords(await ending(app, rings)), 'disconnected: callerAbandon, by carrier');
    assert.equal((await eventsOf(app, rings)).length, 4);
    await other.stop();
    await assertWholeLives(app);
  });
}
