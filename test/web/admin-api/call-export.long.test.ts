import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, insertCalls, insertUser } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { bearer } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { addAdministrator } from './administrator.ts';

/** Far more than fits into the buffers of a connection, of which a receiver may have 32 MiB. */
const CALLS = 16_000;
const NOTE_LENGTH = 6_000;
const PAGES = CALLS / 1_000;

const app = await startApp();
const administrator = await addAdministrator(app);
const userId = await insertUser(app, 'anna');
for (let n = 0; n < CALLS; n += 2_000) await insertCalls(app, userId, 2_000);
const patient = await connect(app);
await patient.query(`UPDATE calls SET metadata = jsonb_build_object('note', repeat('x', ${NOTE_LENGTH}))`);
await patient.query('VACUUM ANALYZE calls');

let pagesRead = 0;
const query = app.database.query.bind(app.database);
Object.assign(app.database, {
  query(...given: Parameters<typeof query>) {
    if (given[0].name === 'list_calls') pagesRead++;
    return query(...given);
  },
});

function begin(): Promise<IncomingMessage> {
  const options = { headers: bearer(administrator.token) };
  return new Promise((resolve, reject) =>
    get(`${app.url}/admin/calls/export?format=jsonl`, options, resolve).on('error', reject),
  );
}

function connections(): Promise<number> {
  return new Promise((resolve) => app.http.server.getConnections((_, count) => resolve(count)));
}

/** How many pages were read once no more are. */
async function quiet(): Promise<number> {
  for (let before = -1; ; before = pagesRead) {
    await sleep(200);
    if (pagesRead === before) return pagesRead;
    before = pagesRead;
  }
}

test('sends every call once, in one answer', async () => {
  const answer = await begin();
  let lines = 0;
  for await (const chunk of answer) lines += String(chunk).split('\n').length - 1;
  assert.equal(lines, CALLS);
});

test('reads only as fast as its reader, and stops when the reader disconnects', async () => {
  pagesRead = 0;
  const answer = await begin();
  answer.pause();
  const read = await quiet();
  assert.ok(read > 0 && read < (PAGES * 3) / 4, `${read} of ${PAGES} pages for a reader that takes nothing`);

  const open = await connections();
  answer.destroy();
  await until('the server has let go of the connection', async () => (await connections()) < open);
  assert.equal(await quiet(), read);
});
