import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { startApp } from '../harness/app.ts';
import { Browser } from '../harness/browser.ts';
import { afterFile } from '../harness/clean-up.ts';
import { addUser, PASSWORD } from '../harness/people.ts';
import { environment } from '../harness/server-process.ts';
import { readBlocks } from './markdown.ts';

const app = await startApp({ CARRIER: 'simulator' });
await addUser(app, 'anna', { numbers: ['+447700900001'] });

/** Writes the program where it finds the packages it imports. */
function saveProgram(): string {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/documentation');
  const file = join(folder, `app-${process.pid}.mjs`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, readBlocks('docs/use-the-api/example-application.md', 'js').join(''));
  afterFile(() => rmSync(file));
  return file;
}

test('the example application works as written', async () => {
  const redirectUri = 'http://localhost:5555/callback';
  const { client } = await app.clients.registerClient(
    {
      name: 'My app',
      redirectUris: [redirectUri],
      public: true,
    },
    COMMAND_LINE,
  );
  const program = spawn(process.execPath, [saveProgram()], {
    env: environment({ URL: app.url, CLIENT_ID: client.id }),
    timeout: 20_000,
  });
  let output = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (data) => (output += data));
  const ended = new Promise((resolve) => program.once('close', resolve));
  while (!/^Open \S+\n/.test(output)) await new Promise((resolve) => program.stdout.once('data', resolve));

  const browser = new Browser(app.url);
  const signIn = await browser.get(/^Open (\S+)/.exec(output)?.[1] ?? '');
  const resumed = await browser.post(signIn.location, { username: 'anna', password: PASSWORD });
  const consent = await browser.get(resumed.location);
  const allowed = await browser.post(consent.location, { grant: 'true' });
  const back = await browser.get(allowed.location);
  assert.ok(back.location.startsWith(redirectUri), back.location);
  assert.equal(await (await fetch(back.location)).text(), 'Return to the terminal.');

  assert.equal(await ended, 0, output);
  assert.match(output, /^201 [0-9a-f]{32}$/m);
  assert.match(output, /^initiating/m);
  assert.match(output, /connected\n204\n/);
  assert.match(output, /^disconnected$/m);
  assert.match(output, /^the new token expires in 3600 seconds$/m);
});
