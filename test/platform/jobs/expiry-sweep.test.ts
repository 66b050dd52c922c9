import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenExpiry } from '../../../src/core/tokens/token-expiry.ts';
import { startExpirySweep, sweepExpired } from '../../../src/platform/jobs/expiry-sweep.ts';
import { connect } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';

const BACKLOG = 100_000;

const app = await startApp();
/** A failed sweep, as on a busy machine, is repeated by the next one. */
const log = { warn: () => {} };

async function countExpired(): Promise<number> {
  const [row] = await app.sql<{ count: number }>('SELECT count(*)::integer AS count FROM used_proofs');
  return row?.count ?? 0;
}

test('the first sweep is five minutes after the start', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  await app.sql(`INSERT INTO used_proofs (hash, expires_at) VALUES ('one', now() - interval '1 day')`);
  const sweep = startExpirySweep(app.database, tokenExpiry, log);
  t.mock.timers.tick(5 * 60_000 - 1);
  await sleep(100);
  assert.equal(await countExpired(), 1);
  t.mock.timers.tick(1);
  await until('it is removed', async () => (await countExpired()) === 0);
  await sweep.stop();
});

test('a stopped sweep leaves the rest to the next one', async () => {
  await app.sql(
    `INSERT INTO used_proofs (hash, expires_at)
     SELECT sha256(n::text::bytea), now() - interval '1 day' FROM generate_series(1, $1::integer) n`,
    [BACKLOG],
  );
  await app.sql('ANALYZE used_proofs');
  const sweep = startExpirySweep(app.database, tokenExpiry, log);
  await until('something is removed', async () => {
    sweep.runNow();
    return (await countExpired()) < BACKLOG;
  });
  await sweep.stop();
  assert.ok((await countExpired()) > 0);

  await until('the rest is removed', async () => {
    await sweepExpired(app.database, tokenExpiry);
    return (await countExpired()) === 0;
  });
});

test('stopping waits for the sweep', async () => {
  const holding = await connect(app);
  await holding.query('BEGIN');
  await holding.query('LOCK TABLE access_tokens');
  const sweep = startExpirySweep(app.database, tokenExpiry, log);
  await until('it waits', async () => {
    sweep.runNow();
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM access_tokens%'`;
    return (await app.sql(waits)).length > 0;
  });
  let stopped = false;
  const stopping = sweep.stop().then(() => {
    stopped = true;
  });
  await sleep(100);
  assert.equal(stopped, false);
  await holding.query('COMMIT');
  await stopping;
});
