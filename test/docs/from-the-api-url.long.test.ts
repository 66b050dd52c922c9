import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Browser } from '../harness/browser.ts';
import { afterFile } from '../harness/clean-up.ts';
import { environment, startServer, temporaryFolder } from '../harness/server-process.ts';
import { ROOT, readBlocks, readPage } from './markdown.ts';

const PAGE = 'docs/use-the-api/from-the-api-url.md';
/** The program finds the packages it imports from here. */
const folder = join(ROOT, `node_modules/.cache/documentation/from-the-api-url-${process.pid}`);
mkdirSync(folder, { recursive: true });
afterFile(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'dial.mjs'), readBlocks(PAGE, 'js').join(''));
execFileSync('bash', ['-eu', '-c', readBlocks(PAGE, 'sh').join('')], { cwd: folder, stdio: 'pipe' });

/** The settings with which the page starts the server. */
function settingsOfPage(): Record<string, string> {
  const [command = ''] = /^CARRIER=.* npm start$/m.exec(readPage(PAGE)) ?? [];
  const settings = Object.fromEntries(
    [...command.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  );
  return { ...settings, NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') };
}

test('a program that knows only the API’s URL finds the server, signs in by its document, and places a call', async () => {
  const server = await startServer({ ...settingsOfPage(), DATA_DIR: temporaryFolder() });
  const program = spawn(process.execPath, ['dial.mjs', `${server.url}/api/v1`], {
    cwd: folder,
    env: environment({}),
    timeout: 20_000,
  });
  let output = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (data) => (output += data));
  const ended = new Promise((resolve) => program.once('close', resolve));
  while (!/^Open \S+\n/m.test(output)) {
    const next = await Promise.race([once(program.stdout, 'data'), ended.then(() => 'ended')]);
    if (next === 'ended') assert.fail(output);
  }
  const [, address = ''] = /^Open (\S+)/m.exec(output) ?? [];
  const { searchParams } = new URL(address);
  assert.equal(searchParams.get('scope'), 'click-to-dial:calls:create');
  assert.equal(searchParams.get('resource'), `${server.url}/api/v1`);

  const browser = new Browser(server.url);
  const signIn = await browser.get(address);
  const resumed = await browser.post(signIn.location, { username: 'demo', password: 'demo' });
  const consent = await browser.get(resumed.location);
  const page = await browser.get(consent.location, { accept: 'text/html' });
  assert.match(page.text, /localhost:5557/);
  assert.match(page.text, /“Dialer”, not verified/);
  const allowed = await browser.post(consent.location, { grant: 'true' });
  const back = await browser.get(allowed.location);
  assert.equal(await (await fetch(back.location)).text(), 'Return to the terminal.');

  assert.equal(await ended, 0, output);
  assert.match(output, /^201 \{$/m);
  assert.match(output, /caller: '\+447700900000'/);
  assert.match(output, /client: 'https:\/\/localhost:5557\/client\.json'/);
});
