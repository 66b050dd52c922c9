import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readRetryAfter } from '../../../src/core/events/deliveries/retry-after.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { deliveriesOf, openCallOf } from './events.ts';
import { addHooked } from './hooked.ts';
import { eventually, startReceiver } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');

suite('Retry-After', () => {
  const now = new Date('2026-11-30T12:00:00.000Z');
  const read: Record<string, number | null> = {
    '120': 120,
    ' 0 ': 0,
    '99999999999999999999': 1e20,
    'Mon, 30 Nov 2026 12:02:00 GMT': 120,
    'Monday, 30-Nov-26 12:02:00 GMT': 120,
    'Mon Nov 30 12:02:00 2026': 120,
    'Mon, 30 Nov 2026 11:00:00 GMT': 0,
    '': null,
    '-5': null,
    '1.5': null,
    soon: null,
    'Mon, 99 Nov 2026 12:02:00 GMT': null,
    '2026-11-30T12:02:00Z': null,
  };
  for (const [header, seconds] of Object.entries(read))
    test(`"${header}" is ${seconds}`, () => assert.equal(readRetryAfter(header, now), seconds));
});

/** Seconds until the next attempt, after one with these headers. */
async function waitAfter(
  status: number,
  header: string,
  kind: 'webhook' | 'sink',
  failures = 0,
): Promise<number> {
  const receiver = await startReceiver((_received, response) => {
    response.writeHead(status, { 'retry-after': header }).end();
    return undefined;
  });
  const hooked = await addHooked(app);
  await app.sql('UPDATE webhooks SET url = $2 WHERE id = $1', [hooked.webhook.id, receiver.url]);
  const id =
    kind === 'webhook'
      ? await hooked.open()
      : await openCallOf(app, { userName: 'anna', clientId: 'of-sinks', sink: receiver.url });
  const retrying = async (attempts: number) => {
    await eventually(async () => {
      const [delivery] = await deliveriesOf(app, id);
      return delivery?.state === 'retrying' && delivery.attempts.length === attempts;
    });
  };
  await retrying(1);
  if (failures > 0) {
    const later = `UPDATE deliveries SET failures = $2, attempt_at = now() WHERE call_id = $1 AND state = 'retrying'`;
    await app.sql(later, [id, failures]);
    await retrying(2);
  }
  const [row] = await app.sql<{ wait: number }>(
    'SELECT extract(epoch FROM attempt_at - now())::float AS wait FROM deliveries WHERE call_id = $1',
    [id],
  );
  return row?.wait ?? 0;
}

suite('the next attempt', () => {
  for (const kind of ['webhook', 'sink'] as const) {
    for (const status of [429, 503, 500, 302]) {
      test(`of a ${kind} that answers ${status} waits as long as Retry-After asks`, async () => {
        const wait = await waitAfter(status, '120', kind);
        assert.ok(wait > 110 && wait <= 132, `${wait} s`);
      });
    }
  }

  test('waits until the date of Retry-After', async () => {
    const wait = await waitAfter(503, new Date(Date.now() + 600_000).toUTCString(), 'webhook');
    assert.ok(wait > 590 && wait <= 660, `${wait} s`);
  });

  test('waits at most four hours, whatever Retry-After asks', async () => {
    const wait = await waitAfter(429, '31536000', 'webhook');
    assert.ok(wait > 4 * 3600 - 10 && wait <= 4 * 3600, `${wait} s`);
  });

  test('does not come earlier than without Retry-After', async () => {
    const wait = await waitAfter(503, '1', 'webhook', 8);
    assert.ok(wait > 1_000, `${wait} s`);
  });
});
