import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase, dropDatabase } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { record, times } from './campaign.ts';
import { BURST, CALLS, HOOKS, measureFairness } from './delivery-fairness.ts';

const SECONDS = times(4, 120);
const HISTORY = times(20_000, 200_000);
/**
 * Whole, the campaign has the machine to itself. Otherwise other tests take processor time, sometimes for hundreds of milliseconds; a
 * webhook that waits for silent receivers is late by seconds.
 */
const ALLOWED_MS = times(1_000, 0);
/** Three quarters of the places of a server: what clients with attempts may have. */
const HANGING = 24;

test('the webhook of a client is in time, although webhooks and sinks of two other clients hang', async () => {
  const databases = await Promise.all([createDatabase(), createDatabase()]);
  for (const url of databases) afterFile(() => dropDatabase(url));
  const extent = { seconds: SECONDS, history: HISTORY };
  const { quiet, beside, events, hanging, opened } = await measureFairness(databases, extent);
  const figures = `p99 ${Math.round(beside)} ms, ${Math.round(quiet)} ms on a quiet server`;
  assert.ok(hanging >= HANGING, `only ${hanging} attempts hung`);
  assert.ok(beside <= Math.max(2 * quiet, ALLOWED_MS), figures);
  record({
    invariant: 'Silent receivers of two clients do not delay the webhooks of another',
    tried: `${HOOKS} webhooks and ${CALLS} sinks of each, on as many hosts that accept requests and do not answer, ${opened} calls of their clients; beside ${HISTORY} finished deliveries, ${events} events of another client, one and ${BURST} at a time, in turns with a quiet server, in ${SECONDS} s`,
    found: `from event to receipt: ${figures}; ${hanging} attempts hung`,
  });
});
