import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../core/events/receiver.ts';
import { startApp } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { addClassicClient, addUser, classicToken } from '../harness/people.ts';
import { environment } from '../harness/server-process.ts';
import { openCall, stopCall } from '../web/classic/call.ts';
import { readBlocks } from './markdown.ts';

const app = await startApp();
const shop = await addClassicClient(app);
await addUser(app, 'anna', { limit: 10 });
const token = await classicToken(app, shop, 'anna');

/** Writes the program where it finds the package it imports. */
function saveProgram(): string {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/documentation');
  const file = join(folder, `listen-${process.pid}.mjs`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, readBlocks('docs/use-the-api/live-events.md', 'js').join(''));
  afterFile(() => rmSync(file));
  return file;
}

test('the example reader shows past and new events, and reports a refusal', async () => {
  const before = await openCall(app, token);
  const program = spawn(process.execPath, [saveProgram()], {
    env: environment({ URL: app.url, TOKEN: token, LAST_EVENT_ID: '0' }),
    timeout: 20_000,
  });
  afterFile(() => program.kill());
  let output = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (data) => (output += data));
  await eventually(() => output.includes(`1 ${before} +447700900123 connected\n`));
  await stopCall(app, token, before);
  await eventually(() => output.includes(`2 ${before} +447700900123 disconnected\n`));

  await app.sql('DELETE FROM access_tokens');
  await eventually(() => output.includes('refused with 401\n'));
  assert.equal(output.split('\n').length, 4, output);
});
