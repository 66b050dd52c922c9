import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record, times } from './campaign.ts';
import { killUnderTraffic } from './killed-traffic.ts';

const LIMIT = 6;
const KILLS = { servers: times(2, 200), crashes: times(1, 50), shutdowns: times(1, 30) };

test('no acknowledged call is lost, and none ends twice, while servers and PostgreSQL are killed', async () => {
  const { log, rows, most } = await killUnderTraffic(LIMIT, KILLS);
  assert.ok(log.calls.length > 0 && log.failed > 0, 'the kills came in the midst');
  assert.ok(most.byRows <= LIMIT);
  record({
    invariant: 'No acknowledged call is lost, and none ends twice',
    tried: `${log.calls.length} calls opened and ended during ${KILLS.servers} × kill -9 of a server, ${KILLS.crashes} × kill -9 and ${KILLS.shutdowns} × immediate shutdown of PostgreSQL`,
    found: `every acknowledged call and end is in the database, each call with one ending, events without gaps; ${log.failed} requests failed and were repeated, ${rows - log.calls.length} calls opened without a response, and were ended by the sweep`,
  });
});
