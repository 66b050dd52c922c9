import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record, times } from './campaign.ts';
import { killUnderTraffic } from './killed-traffic.ts';

const LIMIT = 2;
const KILLS = { servers: times(2, 60), crashes: times(1, 30), shutdowns: 0 };

test('while servers and PostgreSQL are killed, no user ever exceeds the limit', async () => {
  const { log, rows, most } = await killUnderTraffic(LIMIT, KILLS);
  assert.ok(log.refused > 0, 'the limit was asked for');
  assert.equal(most.byRows, LIMIT);
  assert.ok(most.acknowledged <= LIMIT, `${most.acknowledged} were acknowledged at once`);
  record({
    invariant: 'Never more ongoing calls than the limit, whatever crashes',
    tried: `${log.calls.length} acknowledged calls of one user with limit ${LIMIT} on 2 nodes by 2 applications, during ${KILLS.servers} × kill -9 of a server, ${KILLS.crashes} × kill -9 of PostgreSQL`,
    found: `never more than ${most.byRows} of ${rows} rows ongoing at once, and never more than ${most.acknowledged} by the responses; ${log.refused} requests refused`,
  });
});
