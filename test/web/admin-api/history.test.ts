import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { insertUser } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { openCall, stopCall } from '../classic/call.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp({ DEFAULT_COUNTRY: 'GB' });
const administrator = await addAdministrator(app);

/** Calls of the history, by letters in place of ids; the newest is the last. */
const history = {
  a: { user: 'anna', caller: '+447700900001', callee: '+447700900011', reason: 'hangUp', reference: 'anna' },
  b: {
    user: 'anna',
    caller: '+447700900001',
    callee: '+447700900012',
    reason: 'calleeBusy',
    reference: 'T-1',
    sipStatus: 486,
    q850Cause: 17,
  },
  c: {
    user: 'anna',
    caller: '+447700900002',
    callee: '+447700900001',
    reason: 'calleeNoAnswer',
    q850Cause: 17,
  },
  d: {
    user: 'bert',
    caller: null,
    callee: '+447700900011',
    reason: 'other',
    state: 'failed',
    reference: 'anna',
    sipStatus: 486,
  },
  e: { user: 'bert', caller: null, callee: '+447700900012', reason: 'other', client: 'elsewhere' },
  f: { user: 'anna', caller: '+447700900001', callee: '+447700900011', state: 'connected', reference: 'T-1' },
  g: { user: 'bert', caller: null, callee: '+447700900013', state: 'callingCaller' },
} as const;
type Letter = keyof typeof history;
const idOf = (letter: string) => letter.charCodeAt(0).toString(16).repeat(16);

interface Given {
  readonly user: string;
  readonly caller: string | null;
  readonly callee: string;
  readonly reason?: string;
  readonly state?: string;
  readonly reference?: string;
  readonly client?: string;
  readonly sipStatus?: number;
  readonly q850Cause?: number;
}

async function insert(letter: string, minute: number, given: Given): Promise<void> {
  const { reason = null, reference = null, client = 'crm', sipStatus = null, q850Cause = null } = given;
  const ended = reason !== null;
  const state = given.state ?? (/NoAnswer/.test(reason ?? '') ? 'failed' : 'disconnected');
  const at = `2020-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
  await app.sql(
    `INSERT INTO calls (id, user_id, client_id, caller, callee, state, reason, ended_by, created_at, ended_at,
                        carrier, ring_timeout, time_limit, deadline_at, client_reference, sip_status, q850_cause)
     SELECT $1, id, $3, $4, $5, $6, $7, $8, $9::timestamptz, CASE WHEN $10 THEN $9::timestamptz END, 'session', 60, 60,
            now() + interval '1 day', $11, $12, $13 FROM users WHERE name = $2`,
    [
      idOf(letter),
      given.user,
      client,
      given.caller,
      given.callee,
      state,
      reason,
      ended ? 'client' : null,
      at,
      ended,
      reference,
      sipStatus,
      q850Cause,
    ],
  );
}

for (const name of ['anna', 'bert']) await insertUser(app, name);
for (const [at, letter] of (Object.keys(history) as Letter[]).entries())
  await insert(letter, at, history[letter]);

interface Shown {
  readonly id: string;
}

async function findCalls(query: string): Promise<string> {
  const letters: string[] = [];
  for (let further = ''; ; ) {
    const answer = await administrator.get(`/admin/calls?${query}${further}`);
    assert.equal(answer.status, 200, answer.text);
    const { calls, nextPageToken } = answer.json<{ calls: Shown[]; nextPageToken?: string }>();
    letters.push(...calls.map(({ id }) => String.fromCharCode(Number.parseInt(id.slice(0, 2), 16))));
    if (nextPageToken === undefined) return letters.join('');
    further = `&page_token=${nextPageToken}`;
  }
}

/** What is to be found, newest first; ongoing and ended calls come by different ways. */
const searches: Record<string, string> = {
  '': 'gfedcba',
  'caller=%2B447700900001': 'fba',
  'caller=07700900001': 'fba',
  'callee=%2B44 7700 900011': 'fda',
  'callee=%2B447700900099': '',
  'caller=%2B447700900001&callee=%2B447700900011': 'fa',
  'callee=%2B447700900011&ongoing=true': 'f',
  'callee=%2B447700900011&ongoing=false': 'da',
  'reason=hangUp': 'a',
  'reason=other': 'ed',
  'reason=other&state=failed': 'd',
  'reason=hangUp&state=failed': '',
  'reason=other&ongoing=true': '',
  'state=failed': 'dc',
  'state=disconnected': 'eba',
  'state=failed&user=bert': 'd',
  'state=failed&client=crm': 'dc',
  'state=disconnected&client=elsewhere': 'e',
  'state=callingCaller': 'g',
  'state=callingCaller&ongoing=false': '',
  'state=connected&reason=hangUp': '',
  'state=connected&caller=%2B447700900001': 'f',
  'user=anna&reason=calleeBusy': 'b',
  'sip_status=486': 'db',
  'sip_status=603': '',
  'sip_status=486&reason=other': 'd',
  'sip_status=486&user=anna': 'b',
  'sip_status=486&ongoing=true': '',
  'q850_cause=17': 'cb',
  'q850_cause=0': '',
  'q850_cause=17&sip_status=486': 'b',
  'q850_cause=17&state=failed': 'c',
  'q=anna&q850_cause=17': 'cb',
  'from=2020-01-01T00:01:00Z&to=2020-01-01T00:04:00Z&callee=%2B447700900012': 'b',
  [`q=${idOf('c')}`]: 'c',
  [`q=${idOf('c').toUpperCase()}`]: 'c',
  'q=%2B447700900001': 'fcba',
  'q=07700 900001': 'fcba',
  'q=447700900001': 'fcba',
  'q=T-1': 'fb',
  'q=t-1': '',
  'q=ANNA': 'fcba',
  'q=anna': 'fdcba',
  'q=anna&state=failed': 'dc',
  'q=anna&user=bert': 'd',
  'q=anna&ongoing=true': 'f',
  'q=ann': '',
  'q=%25': '',
  'user=nobody': '',
  'client=nobody': '',
};

suite('the history', () => {
  for (const [query, letters] of Object.entries(searches)) {
    test(`?${query} finds ${letters || 'nothing'}, in one page or several`, async () => {
      const only = /user=|q=|client=|calle|state|reason/.test(query) ? '' : '&to=2020-12-31';
      assert.equal(await findCalls(`${query}${only}`), letters);
      assert.equal(await findCalls(`${query}${only}&page_size=1`), letters);
    });
  }

  test('finds nothing of what was stripped by a number that is empty', async () => {
    const answer = await administrator.get('/admin/calls?callee=');
    assert.equal(answer.json()['field'], 'callee');
  });
});

suite('GET /admin/calls/{id}/events', () => {
  test('shows what happened to a call, in its order', async () => {
    await addUser(app, 'carl');
    const client = await addClassicClient(app, 'Timely');
    const token = await classicToken(app, client, 'carl');
    const other = await openCall(app, token);
    const id = await openCall(app, token);
    await stopCall(app, token, id);
    await stopCall(app, token, other);
    const answer = await administrator.get(`/admin/calls/${id}/events`);
    const { events } = answer.json<{ events: { at: string }[] }>();
    assert.deepEqual(
      events.map(({ at: _, ...rest }) => rest),
      [
        { sequence: 2, state: 'connected', reason: null, endedBy: null },
        { sequence: 3, state: 'disconnected', reason: 'hangUp', endedBy: 'client' },
      ],
    );
    const { createdAt, endedAt } = (await administrator.get(`/admin/calls/${id}`)).json();
    assert.deepEqual(
      events.map(({ at }) => at),
      [createdAt, endedAt],
    );
  });

  test('404 for an unknown call', async () => {
    const answer = await administrator.get('/admin/calls/unknown/events');
    assert.deepEqual([answer.status, answer.json()['error']], [404, 'call_not_found']);
  });
});
