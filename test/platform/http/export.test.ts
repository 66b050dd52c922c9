import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { suite, test } from 'node:test';
import accepts from '@fastify/accepts';
import Fastify from 'fastify';
import { createErrorPresenter, presentErrors } from '../../../src/platform/http/errors/present-errors.ts';
import {
  type Cell,
  type ExportFormat,
  sendExport,
  type TableExport,
} from '../../../src/platform/http/export.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { closeServer } from '../../harness/close-server.ts';
import { until } from '../../harness/until.ts';

const rows: readonly (readonly Cell[])[] = [
  ['plain', 1, true, new Date(0), { a: 'b' }, null],
  ['a "quoted", cell\nof two lines', -1.5, false, new Date(1), ['c'], null],
  ['=1+1', 0, false, new Date(2), {}, '@SUM(A1)'],
  ['+1+1', 0, false, new Date(2), {}, '\uff1d1'],
  ['+447700900000', 0, false, new Date(3), {}, '-1'],
];
const columns = ['text', 'number', 'truth', 'time', 'object', 'perhaps'];

let sent: TableExport['pages'];
const http = Fastify();
await http.register(accepts);
presentErrors(http, createErrorPresenter({}));
http.get<{ Querystring: { format?: ExportFormat } }>('/', (request, reply) =>
  sendExport(request, reply, request.query.format, { name: 'table', columns, pages: sent }),
);
const url = await http.listen({ port: 0, host: '127.0.0.1' });
afterFile(() => closeServer(http));

async function* pagesOf(...pages: (readonly (readonly Cell[])[])[]) {
  yield* pages;
}

async function read(query: string, accept = '*/*') {
  sent = pagesOf(rows.slice(0, 1), [], rows.slice(1));
  const answer = await fetch(`${url}/${query}`, { headers: { accept } });
  return { text: await answer.text(), header: (name: string) => answer.headers.get(name) };
}

suite('a table', () => {
  test('is CSV without formulas', async () => {
    const { text, header } = await read('?format=csv');
    assert.equal(
      text,
      [
        'text,number,truth,time,object,perhaps',
        'plain,1,true,1970-01-01T00:00:00.000Z,"{""a"":""b""}",',
        '"a ""quoted"", cell\nof two lines",-1.5,false,1970-01-01T00:00:00.001Z,"[""c""]",',
        "'=1+1,0,false,1970-01-01T00:00:00.002Z,{},'@SUM(A1)",
        "'+1+1,0,false,1970-01-01T00:00:00.002Z,{},'\uff1d1",
        "+447700900000,0,false,1970-01-01T00:00:00.003Z,{},'-1",
        '',
      ].join('\n'),
    );
    assert.equal(header('content-type'), 'text/csv; charset=utf-8');
    assert.equal(header('content-disposition'), 'attachment; filename="table.csv"');
  });

  test('is JSON Lines', async () => {
    const { text, header } = await read('?format=jsonl');
    const lines = text.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => Object.entries(JSON.parse(line))),
      rows.map((row) => columns.map((name, i) => [name, JSON.parse(JSON.stringify(row[i]))])),
    );
    assert.equal(header('content-type'), 'application/x-ndjson; charset=utf-8');
    assert.equal(header('content-disposition'), 'attachment; filename="table.jsonl"');
  });

  test('has the format that the Accept header prefers, unless the query sets it', async () => {
    const typeOf = async (query: string, accept: string) =>
      (await read(query, accept)).header('content-type');
    assert.match((await typeOf('', 'application/x-ndjson')) ?? '', /ndjson/);
    assert.match((await typeOf('', 'text/html')) ?? '', /csv/);
    assert.match((await typeOf('?format=csv', 'application/x-ndjson')) ?? '', /csv/);
  });
});

test('pages are loaded only as fast as they are read, and no more after the reader disconnects', async () => {
  const page = new Array(1000).fill(['x'.repeat(1000)]);
  let made = 0;
  let left = false;
  sent = (async function* endless() {
    try {
      for (;;) {
        made++;
        yield page;
      }
    } finally {
      left = true;
    }
  })();
  const answer = await new Promise<IncomingMessage>((resolve) => get(`${url}/?format=jsonl`, resolve));
  answer.pause();
  let before = -1;
  await until('nothing more is made', () => {
    const same = made === before;
    before = made;
    return same;
  });
  assert.ok(made < 50, `${made} pages of a megabyte`);
  answer.destroy();
  await until('it has stopped', () => left);
});

test('an interrupted export does not look complete', async () => {
  sent = (async function* broken() {
    yield rows;
    throw new Error('broken off');
  })();
  await assert.rejects(async () => (await fetch(`${url}/`)).text());
});

test('an export that fails at the start returns the error', async () => {
  for (const format of ['csv', 'jsonl']) {
    sent = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('broken')) }) };
    const answer = await fetch(`${url}/?format=${format}`);
    assert.equal(answer.status, 500);
    assert.equal(answer.headers.get('content-disposition'), null, 'and is no file to be saved');
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  }
});

test('an empty table still has the names of its columns in CSV', async () => {
  sent = pagesOf();
  assert.equal(await (await fetch(`${url}/`)).text(), `${columns.join()}\n`);
});
