import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { rowsOf, textOf, visitor } from './visitor.ts';

const app = await startApp();
const client = await addClassicClient(app, 'Phone book');
const other = await addClassicClient(app, '<script>alert(1)</script>');
await addUser(app, 'anna');
await addUser(app, 'bert');
await classicToken(app, client, 'anna');
await classicToken(app, other, 'anna');
const anna = await visitor(app, 'anna');

interface Past {
  readonly state?: string;
  readonly reason?: string | null;
  readonly connected?: boolean;
  readonly at?: string;
  readonly clientId?: string;
  readonly reference?: string | null;
}

let inserted = 0;

/** A call of long ago. @returns the callee, by which a row is recognised */
async function insertCall(user: string, past: Past = {}): Promise<string> {
  const { state = 'disconnected', reason = 'hangUp', connected = true, reference = null } = past;
  const callee = `+4416329600${String(++inserted).padStart(2, '0')}`;
  const at = past.at ?? '2024-03-01T12:00:00Z';
  await app.sql(
    `INSERT INTO calls (id, user_id, client_id, caller, callee, state, reason, ended_by, created_at, connected_at, ended_at,
                        carrier, ring_timeout, time_limit, deadline_at, client_reference)
     SELECT $1, u.id, $2, NULL, $3, $4, $5, CASE WHEN $5::text IS NOT NULL THEN 'client' END, $6::timestamptz,
            CASE WHEN $7 THEN $6::timestamptz END,
            CASE WHEN $5::text IS NOT NULL THEN $6::timestamptz + interval '65 s' END, 'session', 60, 60, now() + interval '1 hour', $9
       FROM users u WHERE u.name = $8`,
    [`call${inserted}`, past.clientId ?? client.id, callee, state, reason, at, connected, user, reference],
  );
  return callee;
}

const digits = (text: string) => text.replace(/[^\d+]/g, '');

async function callees(query = ''): Promise<string[]> {
  return rowsOf(await anna.get(`/account/history${query}`)).map(([, to = '']) => digits(to));
}

const calls = {
  answered: await insertCall('anna', { at: '2024-03-01T00:00:00Z', reference: '<b>deal 17</b>' }),
  busy: await insertCall('anna', { reason: 'calleeBusy', connected: false, at: '2024-03-01T23:59:59Z' }),
  declined: await insertCall('anna', {
    state: 'failed',
    reason: 'calleeDeclined',
    connected: false,
    at: '2024-03-01T23:59:59.5Z',
  }),
  noAnswer: await insertCall('anna', {
    state: 'failed',
    reason: 'calleeNoAnswer',
    connected: false,
    at: '2024-03-02T00:00:00Z',
  }),
  abandoned: await insertCall('anna', { connected: false, at: '2024-03-03T00:00:00Z' }),
  failed: await insertCall('anna', {
    state: 'failed',
    reason: 'calleeFailure',
    connected: false,
    at: '2024-03-04T00:00:00Z',
  }),
  other: await insertCall('anna', { reason: 'other', connected: false, at: '2024-03-04T12:00:00Z' }),
  ongoing: await insertCall('anna', {
    state: 'connected',
    reason: null,
    at: '2024-03-05T00:00:00Z',
    clientId: other.id,
  }),
};
await insertCall('bert');

test('shows all own calls, newest first, and no other user’s', async () => {
  assert.deepEqual(await callees(), Object.values(calls).reverse());
});

test('shows the outcome, the duration and the application’s reference of each call', async () => {
  const page = await anna.get('/account/history');
  const rows = rowsOf(page);
  assert.deepEqual(
    rows.map((row) => row[4]),
    [
      'Ongoing',
      'Other Ended for another reason',
      'Failed They could not be reached',
      'Canceled Ended before they answered',
      'No answer They did not answer',
      'Declined They declined the call',
      'Busy They were busy',
      'Answered',
    ],
  );
  const oldest = rows.at(-1) ?? [];
  assert.equal(oldest[0], '2024-03-01 00:00:00 UTC');
  assert.equal(oldest[2], 'no number');
  assert.match(oldest[3] ?? '', /^Phone book &#60;b&#62;deal 17/);
  assert.equal(oldest[5], '0:01:05');
  assert.doesNotMatch(page.text, /<script>alert|<b>deal/);
});

for (const outcome of Object.keys(calls) as (keyof typeof calls)[]) {
  test(`filters by the outcome ${outcome}`, async () => {
    assert.deepEqual(await callees(`?outcome=${outcome}`), [calls[outcome]]);
  });
}

test('filters by application, which can be one that was allowed', async () => {
  assert.deepEqual(await callees(`?application=${other.id}`), [calls.ongoing]);
  const { text } = await anna.get('/account/history');
  assert.match(text, new RegExp(`<option value="${client.id}"`));
});

test('filters by day, the last one included', async () => {
  assert.deepEqual(await callees('?from=2024-03-01&to=2024-03-01'), [
    calls.declined,
    calls.busy,
    calls.answered,
  ]);
  assert.deepEqual(await callees('?from=2024-03-04'), [calls.ongoing, calls.other, calls.failed]);
  assert.deepEqual(await callees('?to=2024-02-29'), []);
});

test('fields left empty filter nothing, and the form keeps what was chosen', async () => {
  const page = await anna.get('/account/history?application=&outcome=busy&from=2024-03-01&to=');
  assert.equal(rowsOf(page).length, 1);
  assert.match(page.text, /<option value="busy" selected>/);
  assert.match(page.text, /name="from"[^>]*value="2024-03-01"/s);
});

for (const [query, field] of [
  ['from=yesterday', 'from'],
  ['to=2024-02-30', 'to'],
  ['outcome=good', 'outcome'],
  ['page_token=abc', 'page_token'],
] as const) {
  test(`says what is wrong with ${query}, above the form`, async () => {
    const page = await anna.get(`/account/history?${query}`, { accept: 'text/html' });
    assert.equal(page.status, 400);
    assert.match(page.text, new RegExp(`role="alert">[^<]*${field.split('_')[0]}`));
    assert.match(page.text, /<form method="get" action="\/account\/history"/);
  });
}

test('has pages that keep the filter and show every call once', async () => {
  await addUser(app, 'carl');
  const carl = await visitor(app, 'carl');
  const all: string[] = [];
  // Several begin in the same microsecond.
  for (let count = 0; count < 120; count++)
    all.push(await insertCall('carl', { at: `2024-04-01T00:0${Math.floor(count / 20)}:00Z` }));
  await insertCall('carl', { reason: 'calleeBusy', connected: false });

  const seen: string[] = [];
  let pages = 0;
  for (let path = '/account/history?outcome=answered'; path !== ''; pages++) {
    const page = await carl.get(path);
    seen.push(...rowsOf(page).map(([, to = '']) => digits(to)));
    const [, next = ''] = /<a href="([^"]*)" rel="next"/.exec(page.text) ?? [];
    path = next.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
    assert.ok(path === '' || path.includes('outcome=answered'), path);
  }
  assert.equal(pages, 3);
  assert.deepEqual(seen.toSorted(), all.toSorted());
  assert.match(textOf(await carl.get('/account/history?outcome=failed')), /No matching calls\./);
});
