import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ending, eventsOf, inWords, reached } from '../core/calls/lives.ts';
import { startNode, type TestApp } from '../harness/app.ts';
import { startServer } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';
import type { CarrierSetup, OngoingState } from './carrier-setup.ts';
import type { Stage } from './conformance.ts';

const RINGING: readonly OngoingState[] = ['callingCaller', 'callingCallee'];

type Kept = readonly (readonly [id: string, state: OngoingState])[];

/** A node ends during its calls: another node takes them over and completes them. */
export function takeovers(setup: CarrierSetup): (stage: () => Stage) => void {
  /** The calls in the latest states first, because advancing them must not advance the others. */
  const stays = setup.states.toReversed().flatMap((state) => {
    const kept = setup.stays[state];
    return kept ? [{ state, ...kept }] : [];
  });

  /** Opens a call in each of the states, on one node. */
  async function keepCalls(
    { app, caller }: Stage,
    node: Pick<TestApp, 'url'>,
    states: readonly OngoingState[],
    meanwhile: () => void,
  ): Promise<Kept> {
    const kept: [string, OngoingState][] = [];
    for (const { state, callee } of stays.filter((each) => states.includes(each.state))) {
      const id = await caller.open(node, callee);
      await reached(app, id, state, meanwhile);
      if (RINGING.includes(state)) await until('a phone rings', () => setup.rings?.(id) ?? true);
      kept.push([id, state]);
    }
    return kept;
  }

  async function assertTakenOver({ app }: Stage, kept: Kept): Promise<void> {
    await until('the calls are taken over', async () => {
      const others = await app.sql(
        `SELECT FROM calls WHERE id = ANY ($1) AND ended_at IS NULL AND node_id IS NOT NULL AND node_id NOT IN (SELECT id FROM nodes)`,
        [kept.map(([id]) => id)],
      );
      return others.length === 0;
    });
  }

  async function assertProperEnds({ app, caller, meanwhile }: Stage, kept: Kept): Promise<void> {
    for (const [id, state] of kept) {
      const proper = setup.stays[state]?.ends;
      if (proper === undefined) assert.equal(await caller.end(app, id), 204);
      const as = inWords(await ending(app, id, meanwhile));
      assert.equal(as, proper ?? 'disconnected: hangUp, by client', state);
      const states = (await eventsOf(app, id)).map((event) => event.state).slice(0, -1);
      const [last] = states.slice(-1);
      assert.deepEqual(states, setup.states.slice(0, setup.states.indexOf(last as OngoingState) + 1));
    }
  }

  return (stage) => {
    suite('when the node of a call ends', () => {
      test('by a normal stop, another node continues its calls in every state', async () => {
        const clock = setup.createClock?.();
        const node = await startNode(stage().app, { ...setup.env }, clock);
        const kept = await keepCalls(stage(), node, setup.states, () => clock?.advance(1000));
        await node.stop();
        await assertTakenOver(stage(), kept);
        await assertProperEnds(stage(), kept);
      });

      test('by a kill, the next start continues its calls in every state', async () => {
        const { app } = stage();
        const server = await startServer({ DATABASE_URL: app.databaseUrl, ...setup.env });
        const inRealTime = setup.states.filter((state) => state !== 'initiating');
        const kept = await keepCalls(stage(), server, inRealTime, () => {});
        await server.stop('SIGKILL');
        await app.sql(`UPDATE nodes SET since = since - interval '1 minute'`);
        const [{ id } = {}] = await app.sql('SELECT node_id AS id FROM calls WHERE id = $1', [kept[0]?.[0]]);
        await app.sql(`UPDATE nodes SET seen_at = seen_at - interval '1 minute' WHERE id = $1`, [id]);
        await assertTakenOver(stage(), kept);
        await assertProperEnds(stage(), kept);
      });
    });
  };
}
