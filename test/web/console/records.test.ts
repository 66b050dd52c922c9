import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { actsOf } from '../../core/audit/acts.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { openCall, stopCall } from '../classic/call.ts';
import { addCaller, addManyCalls } from './calls.ts';
import { addSignedIn, fieldValue, leadsTo } from './console.ts';

const app = await startApp({ RETENTION_DAYS: '30', RETENTION_ACTION: 'strip' });
const ada = await addSignedIn(app, 'ada');
const anna = await addCaller(app, 'anna', { limit: 5, numbers: ['+447700900001'] });
const bert = await addCaller(app, 'bert');

const rowsOf = (html: string) => html.match(/<tbody.*<\/tbody>/s)?.[0].match(/<tr /g)?.length ?? 0;

suite('the history', () => {
  test('finds a call by its number, its user and its id, and by what it is not, not', async () => {
    const id = await openCall(app, anna, '+12025550101');
    await openCall(app, bert, '+12025550102');
    for (const found of ['q=%2B12025550101', 'callee=%2B1+202+555+0101', 'user=anna', `q=${id}`, 'q=anna'])
      assert.equal(rowsOf((await ada.open(`/console/calls?${found}`)).text), 1, found);
    for (const empty of ['q=nobody', 'user=nobody', 'user=anna&callee=%2B12025550102', 'state=failed'])
      assert.match((await ada.open(`/console/calls?${empty}`)).text, /No matching calls/, empty);
  });

  test('takes the empty fields of its form for no filter at all', async () => {
    const all = await ada.open('/console/calls');
    const form = await ada.open(
      '/console/calls?q=&user=&from=&to=&caller=&callee=&client=&state=&reason=&sip_status=&q850_cause=',
    );
    assert.equal(rowsOf(form.text), rowsOf(all.text));
  });

  for (const [bad, named] of [
    ['from=yesterday', 'from'],
    ['callee=nine', 'callee'],
    ['state=broken', 'state'],
    ['sip_status=busy', 'sip_status'],
    ['q850_cause=-1', 'q850_cause'],
    ['page_token=x', 'page_token'],
  ] as const) {
    test(`shows the form again, with what was typed, and says what is wrong with ${bad}`, async () => {
      const answer = await ada.open(`/console/calls?user=anna&${bad}`);
      assert.equal(answer.status, 400);
      assert.match(answer.text, new RegExp(`role="alert"[^<]*>[^<]*${named}`));
      assert.match(answer.text, /name="user"[^>]*value="anna"/);
    });
  }

  test('finds calls by their SIP status and cause of Q.850, and keeps both in its form and its export', async () => {
    const id = await openCall(app, anna, '+12025550105');
    await stopCall(app, anna, id);
    await app.sql('UPDATE calls SET sip_status = 603, q850_cause = 21 WHERE id = $1', [id]);
    const { text } = await ada.open('/console/calls?sip_status=603&q850_cause=21');
    assert.equal(rowsOf(text), 1);
    assert.ok(text.includes(`/console/calls/${id}"`));
    assert.deepEqual([fieldValue(text, 'sip_status'), fieldValue(text, 'q850_cause')], ['603', '21']);
    assert.match(text, /<details open>/);
    assert.match(text, /export\?sip_status&#61;603&#38;q850_cause&#61;21&#38;format&#61;csv/);
    for (const other of ['sip_status=486', 'q850_cause=17', 'sip_status=603&q850_cause=17'])
      assert.equal(rowsOf((await ada.open(`/console/calls?${other}`)).text), 0, other);
    await app.sql('DELETE FROM calls WHERE id = $1', [id]);
  });

  test('keeps the filter for ongoing calls in its form', async () => {
    for (const [ongoing, text] of [
      ['true', 'Yes'],
      ['false', 'No'],
    ]) {
      const answer = await ada.open(`/console/calls?ongoing=${ongoing}`);
      assert.match(answer.text, new RegExp(`<option value="${ongoing}" selected>${text}</option>`));
      assert.match(answer.text, /<details open>/);
    }
    assert.match((await ada.open('/console/calls?ongoing=false')).text, /No matching calls/);
  });

  test('has pages of older calls, with the same filter', async () => {
    await addUser(app, 'busy');
    await addManyCalls(app, 'busy', 120);
    let seen = 0;
    for (let next: string | undefined = '/console/calls?user=busy'; next !== undefined; ) {
      const { text } = await ada.open(next);
      seen += rowsOf(text);
      const [, href] = /<a href="([^"]+)"\s+rel="next"/.exec(text) ?? [];
      next = href?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
    }
    assert.equal(seen, 120);
  });

  test('is exported as it is narrowed down, and the export is an act', async () => {
    const csv = await ada.open('/console/calls/export?format=csv&user=anna&q=');
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    const lines = csv.text.trim().split('\n');
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? '', /\+12025550101/);
    const jsonl = await ada.open('/console/calls/export?format=jsonl&user=anna');
    assert.equal(JSON.parse(jsonl.text).callee, '+12025550101');
    const acts = await actsOf(app, () => ada.open('/console/calls/export?user=anna'));
    assert.deepEqual(
      acts.map(({ actor, action }) => [actor, action]),
      [['administrator', 'callsExported']],
    );
  });
});

for (const page of ['/console/calls', '/console/audit-log']) {
  suite(`the filters of ${page}`, () => {
    for (const [given, shown] of [
      ['2020-01-01', '2020-01-01T00:00'],
      ['2020-01-01T08:30:00Z', '2020-01-01T08:30'],
      ['2020-01-01T08:30:00-02:00', '2020-01-01T10:30'],
      ['2020-01-01T08:30', '2020-01-01T08:30'],
      ['yesterday', 'yesterday'],
    ] as const) {
      test(`show ${given} in a field that can hold it`, async () => {
        const { text } = await ada.open(`${page}?${new URLSearchParams({ from: given, to: given })}`);
        for (const name of ['from', 'to']) {
          assert.equal(fieldValue(text, name), shown);
          const type = given === 'yesterday' ? 'text' : 'datetime-local';
          assert.match(text, new RegExp(`name="${name}" type="${type}"`));
        }
      });
    }
  });
}

suite('one call', () => {
  test('shows the parties, the timeline, and that no event was sent', async () => {
    const id = await openCall(app, anna, '+12025550103');
    await stopCall(app, anna, id);
    await app.sql(`UPDATE calls SET caller_answered_at = '2026-01-31T08:30:00Z' WHERE id = $1`, [id]);
    const { text } = await ada.open(`/console/calls/${id}`);
    assert.match(text, /Caller answered<\/dt><dd><time datetime="2026-01-31T08:30:00.000Z">/);
    assert.match(text, /\+447700900001 → \+12025550103/);
    assert.match(text, /Connected[\s\S]*Hung up[\s\S]*the application/);
    assert.match(text, /Its events are not sent anywhere/);
  });

  for (const [columns, shown] of [
    [
      `cause_leg = 'callee', sip_status = 603, q850_cause = 21, cause_text = 'Decline'`,
      'Callee’s phone: SIP 603, Q.850 cause 21: Decline',
    ],
    [
      `cause_leg = 'caller', cause_text = '<b>no response</b>'`,
      'Caller’s phone: &#60;b&#62;no response&#60;/b&#62;',
    ],
    [`cause_leg = 'callee'`, 'Callee’s phone'],
    [`cause_text = 'Asterisk cannot be reached'`, 'Asterisk cannot be reached'],
  ] as const) {
    test(`shows the cause of its end: ${shown}`, async () => {
      const id = await openCall(app, anna, '+12025550104');
      await stopCall(app, anna, id);
      assert.doesNotMatch((await ada.open(`/console/calls/${id}`)).text, /<dt>Cause/);
      await app.sql(`UPDATE calls SET ${columns} WHERE id = $1`, [id]);
      const { text } = await ada.open(`/console/calls/${id}`);
      assert.ok(text.includes(`<dt>Cause</dt><dd>${shown}</dd>`), text);
      await app.sql('DELETE FROM calls WHERE id = $1', [id]);
    });
  }

  test('that there is not is not found', async () => {
    assert.equal((await ada.open('/console/calls/0123')).status, 404);
  });
});

suite('the charts', () => {
  test('count the calls by reason, and lead to them', async () => {
    await addUser(app, 'unlucky');
    await addManyCalls(app, 'unlucky', 3);
    await app.sql(
      `UPDATE calls SET state = 'disconnected', reason = CASE WHEN id LIKE '%1' THEN 'networkFailure' ELSE 'calleeBusy' END,
                        ended_by = 'carrier', connected_at = NULL, ended_at = now() WHERE id LIKE 'many_unlucky_%'`,
    );
    const { text } = await ada.open('/console/charts?hours=24&days=30');
    const [, section = ''] = /<h2 id="reasons">Why calls ended<\/h2>(.*?)<\/section>/s.exec(text) ?? [];
    const rows = [...section.matchAll(/<a href="([^"]*)">([^<]*)<\/a>.*?<td[^>]*>(\d+)/gs)];
    const counts = rows.map(([, , label, calls]) => [label, Number(calls)] as const);
    assert.deepEqual(
      counts.filter(([label]) => label !== 'Hung up'),
      [
        ['Callee was busy', 2],
        ['Network or PBX failed', 1],
      ],
      'the most frequent first',
    );
    const [, address = ''] = rows.find(([, , label]) => label === 'Network or PBX failed') ?? [];
    assert.equal(rowsOf((await ada.open(address.replace('&#61;', '='))).text), 1);
    await app.sql(`DELETE FROM calls WHERE id LIKE 'many_unlucky_%'`);
  });

  test('have the table behind each of them, and say the same in a sentence', async () => {
    const { status, text } = await ada.open('/console/charts?hours=6&days=7');
    assert.equal(status, 200);
    assert.equal(text.match(/<figure/g)?.length, 3);
    assert.equal(text.match(/<summary>The numbers of/g)?.length, 3);
    const [{ ongoing } = { ongoing: -1 }] = await app.sql<{ ongoing: number }>(
      'SELECT count(*)::integer AS ongoing FROM calls WHERE ended_at IS NULL',
    );
    assert.match(
      text,
      new RegExp(`${ongoing} now\\. Highest in the last 6 hours: \\d+, counted every 90 seconds`),
    );
    assert.match(text, /1 calls? ended in 7 days; 100 % were answered/);
  });

  test('refuse a period that there is not', async () => {
    for (const [query, choices] of [
      ['hours=999', 'hours must be one of: 6, 24, 72'],
      ['days=8', 'days must be one of: 7, 30, 90'],
    ] as const) {
      const { status, text } = await ada.open(`/console/charts?${query}`);
      assert.equal(status, 400);
      assert.match(text, new RegExp(`role="alert"[^<]*>[^<]*${choices}`));
      assert.match(text, /<nav aria-label="Console">/);
    }
  });
});

suite('the audit log', () => {
  test('says who did what, from where, to whom', async () => {
    await ada.send('/console/users/bert/limit', { limit: '7' });
    const { text } = await ada.open('/console/audit-log?action=userLimitChanged&user=bert&actor=ada');
    assert.equal(rowsOf(text), 1);
    assert.match(text, /ada[\s\S]*127\.0\.0\.1|::1/);
    assert.match(text, /Changed a limit[\s\S]*bert/);
  });

  test('shows its form again and says what is wrong', async () => {
    const answer = await ada.open('/console/audit-log?from=soon');
    assert.equal(answer.status, 400);
    assert.match(answer.text, /role="alert"[^<]*>[^<]*from/);
  });

  test('is exported, and records the export', async () => {
    const acts = await actsOf(app, async () => {
      const { text } = await ada.open('/console/audit-log/export?format=jsonl&action=userLimitChanged');
      assert.equal(JSON.parse(text.trim()).user, 'bert');
    });
    assert.deepEqual(
      acts.map(({ action }) => action),
      ['auditLogExported'],
    );
  });
});

test('the page on retention says what the settings do, and what was done', async () => {
  const { text } = await ada.open('/console/retention');
  assert.match(text, /numbers and application data are deleted from calls that ended more than 30 days ago/);
});

suite('one person’s data', () => {
  test('is exported as one document', async () => {
    const answer = await ada.open('/console/users/anna/data/export');
    const data = answer.json<{ user: { name: string }; calls: unknown[] }>();
    assert.equal(data.user.name, 'anna');
    assert.equal(data.calls.length, 2);
  });

  test('is erased when the name is written, and not before', async () => {
    await addUser(app, 'gone', { numbers: ['+447700900007'] });
    const refused = await ada.send('/console/users/gone/data/erase', { confirm: 'gnoe' });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /role="alert"[^<]*>[^<]*gone/);
    assert.equal(
      leadsTo(await ada.send('/console/users/gone/data/erase', { confirm: 'gone' })),
      '/console/users?done=erased',
    );
    assert.match(
      (await ada.open('/console/users?done=erased')).text,
      /role="status"[^<]*>The user is erased/,
    );
    assert.equal((await ada.open('/console/users/gone')).status, 404);
  });

  test('a user’s page is gone after an erasure, and links to it lead to the calls', async () => {
    const name = 'leaver';
    const token = await addCaller(app, name);
    await stopCall(app, token, await openCall(app, token, '+12025550109'));
    await ada.send(`/console/users/${name}/data/erase`, { confirm: name });
    const { text } = await ada.open('/console/calls');
    assert.match(text, />\s*erased-[0-9a-f-]{36}\s*</);
    assert.doesNotMatch(text, /href="\/console\/users\/erased-/);
    const [{ id = '' } = {}] = await app.sql<{ id: string }>(
      `SELECT c.id FROM calls c JOIN users u ON u.id = c.user_id WHERE u.erased_at IS NOT NULL`,
    );
    assert.doesNotMatch((await ada.open(`/console/calls/${id}`)).text, /href="\/console\/users\/erased-/);
    assert.doesNotMatch(
      (await ada.open('/console/audit-log')).text,
      /href="\/console\/users\/(erased-|leaver)/,
    );
    const gone = await ada.open(`/console/users/${name}`);
    assert.equal(gone.status, 404);
    assert.match(gone.text, /The user was erased[\s\S]*href="\/console\/calls\?user&#61;leaver"/);
    assert.match(gone.text, /<nav aria-label="Console">/);
  });

  test('is never erased by the person at the console themselves', async () => {
    const answer = await ada.send('/console/users/ada/data/erase', { confirm: 'ada' });
    assert.equal(answer.status, 409);
  });
});

test('a HEAD, as link checkers send it, exports nothing', async () => {
  for (const path of [
    '/console/calls/export',
    '/console/audit-log/export',
    '/console/users/anna/data/export',
  ]) {
    const acts = await actsOf(app, async () => {
      const { status } = await ada.browser.send('HEAD', path);
      assert.ok(status === 404 || status === 405, `${path}: ${status}`);
    });
    assert.deepEqual(acts, [], path);
  }
});

test('tables stay tables where the style sheet makes blocks of them, and the skip link moves the focus', async () => {
  for (const path of ['/console/users', '/console/charts', '/console']) {
    const { text } = await ada.open(path);
    assert.match(text, /<main id="main" tabindex="-1"/);
    const bare = text.match(/<(table|thead|tbody|tr|th|td)\b(?![^>]* role=)[^>]*>/g);
    assert.deepEqual(bare, null, path);
    assert.match(text, /<table[^>]* role="table"/, path);
  }
});
