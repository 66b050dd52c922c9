import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { variables } from '../src/config/config.ts';
import { runShell, startServer, temporaryFolder } from './harness/server-process.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const server = await startServer({ DATA_DIR: temporaryFolder() });

/** Runs the blocks of the section as they stand, one after the other in one terminal, but for the port. */
async function runBlocks(section: string): Promise<string> {
  const [, rest = ''] = readme.split(`\n## ${section}\n`);
  const [text = ''] = rest.split('\n## ');
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block).join('');
  assert.ok(blocks.includes('http://localhost:8888'), `no block in ${section}`);
  const ended = await runShell(blocks.replaceAll('http://localhost:8888', server.url));
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stderr, '');
  return ended.stdout;
}

for (const time of ['first', 'second'])
  test(`the first call of the README works as written, the ${time} time`, async () => {
    const output = await runBlocks('A first call');
    assert.match(output, /^HTTP\/1\.1 201 Created/m);
    assert.match(output, /^\{"callId":.*"status":"connected".*\}$/m);
    assert.deepEqual(
      [...output.matchAll(/^event: (\w+)$/gm)].map(([, state]) => state),
      ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'],
    );
    assert.match(output, /^\{.*\} 201\n\{.*\} 201\n\{.*"code":"QUOTA_EXCEEDED".*\} 429$/m);
    assert.match(output, /^\{"limit":2,"ongoing":2,"remaining":0\}$/m);
  });

test('the classic walk of the README works as written', async () => {
  const output = await runBlocks('The classic API');
  assert.match(output, /^HTTP\/1\.1 302 /m);
  assert.match(output, /^\{"client_id":"demo-classic","response_type":"code"/m);
  assert.match(output, /^\{"code":"[\w-]{43}"\}$/m);
  assert.equal(output.match(/^\[\]$/gm)?.length, 2);
  assert.match(output, /^\{"message":"signed out"\}$/m);
  assert.match(output, /^HTTP\/1\.1 201 Created/m);
  const [list, xml, stopped] = [/^\[\{.*\]$/m, /^<calls?>.*$/m, /^\{"info".*\}$/m].map(
    (line) => line.exec(output)?.[0] ?? '',
  );
  assert.equal(JSON.parse(list ?? '')[0].info.number, '+12025550100');
  assert.match(xml ?? '', /<end>Call Ongoing<\/end>/);
  assert.equal(JSON.parse(stopped ?? '').info.state, 'disconnected');
});

test('the administration of the README works as written', async () => {
  const output = await runBlocks('Administration');
  const [users, status, calls, limit, clients] = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    users.users.map((user: { name: string }) => user.name),
    ['admin', 'demo', 'demo2'],
  );
  assert.equal(status.user, 'demo');
  assert.ok(Array.isArray(calls.calls));
  assert.equal(limit.limit, 2);
  assert.deepEqual(clients.clients.map((client: { id: string }) => client.id).sort(), [
    'demo-app',
    'demo-classic',
  ]);
});

test('the README lists every variable of the configuration, and no other', () => {
  const rows = Object.entries(variables).map(
    ([name, { description, byDefault }]) => `| \`${name}\` | ${description} | ${byDefault} |`,
  );
  assert.ok(
    readme.includes(`| --- | --- | --- |\n${rows.join('\n')}\n\n`),
    `the table should be\n${rows.join('\n')}`,
  );
});
