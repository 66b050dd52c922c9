import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { addModernClient } from '../harness/people.ts';
import { addCaller, tokenFor } from '../web/callers.ts';
import { record, times } from './campaign.ts';
import { PARALLEL, runRepeatCampaign } from './repeat-campaign.ts';

const ROUNDS = times(60, 300);
const KILLS = times(2, 50);
const app = await startApp();
const client = await addModernClient(app);
const token = await tokenFor(app, client, await addCaller(app, 'anna', { limit: 10_000 }));

test(`${ROUNDS} times, ${PARALLEL} parallel repeats on two servers open one call; a server was killed in ${KILLS} of the rounds`, async () => {
  const { databaseUrl } = app;
  const { callees, ...report } = await runRepeatCampaign({
    databaseUrl,
    token,
    rounds: ROUNDS,
    kills: KILLS,
  });
  assert.deepEqual([report.wrong, report.kills], [[], KILLS]);
  const rows = await app.sql<{ callee: string; count: number }>(
    'SELECT callee, count(*)::integer AS count FROM calls GROUP BY callee ORDER BY callee',
  );
  assert.deepEqual(
    rows,
    callees.toSorted().map((callee) => ({ callee, count: 1 })),
  );
  const [events] = await app.sql('SELECT count(*)::integer AS count FROM call_events');
  assert.equal(events?.['count'], ROUNDS);
  record({
    invariant: 'An Idempotency-Key opens one call',
    tried: `${ROUNDS} keys, each ${PARALLEL} times at once on two servers; a server was killed in ${KILLS} of the rounds`,
    found: `one call for each key, and the same response ${PARALLEL} times; ${report.retries} requests were repeated`,
  });
});
