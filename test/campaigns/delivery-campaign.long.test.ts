import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from '../harness/postgres.ts';
import { record, times } from './campaign.ts';
import { runDeliveryCampaign } from './delivery-campaign.ts';

const EVENTS = times(50, 1000);
const KILLS = times(1, 20);
/** The share of attempts that must fail at least; the receiver refuses 30 % at random, which varies more among few events. */
const MIN_FAILED = times(0.05, 0.2);
/** Whole, it has real waits, real time-outs, and a database that syncs; it takes a few minutes. */
const HURRY = times(1, 0) === 1;

test('every event is delivered, signed and in order per call, although attempts fail and the server is killed', async () => {
  const { url } = await startPostgres();
  const report = await runDeliveryCampaign(url, { events: EVENTS, kills: KILLS, hurry: HURRY });
  assert.deepEqual([report.lost, report.wrong], [0, []]);
  const failed = report.refused / report.attempts;
  assert.ok(failed > MIN_FAILED, `only ${report.refused} of ${report.attempts} attempts failed`);
  record({
    invariant: 'Every event is delivered, signed and in order per call',
    tried: `${EVENTS} events to sinks and webhooks, ${Math.round(failed * 100)} % of the attempts refused or without a response, ${KILLS} × kill -9 of the server`,
    found: `none lost, none out of order, every signature and token verified; ${report.attempts} attempts, ${report.duplicates} events twice with the same id`,
  });
});
