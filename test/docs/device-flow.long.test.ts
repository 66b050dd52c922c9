import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { suite, test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { environment } from '../harness/server-process.ts';
import { addPerson, browse, formOf, OPENS_PAGE, submit } from '../web/oauth/modern-walk.ts';
import { readBlocks } from './markdown.ts';

const app = await startApp();
await app.clients.registerDemoClient(
  { name: 'Demo', redirectUris: [`${app.url}/test`], public: true },
  'demo-app',
);
const [block = ''] = readBlocks('docs/use-the-api/authorization.md', 'sh');

/** Runs the device of the page as written but for the port, and lets a person answer it. @returns the last line of the device */
async function connect(name: string, grant: 'true' | 'false'): Promise<Record<string, unknown>> {
  const person = await addPerson(app, name);
  const script = block.replaceAll('http://localhost:8888', app.url);
  const device = spawn('bash', ['--norc', '-eu', '-c', script], { env: environment({}), timeout: 60_000 });
  afterFile(() => device.kill());
  let output = '';
  for (const stream of [device.stdout, device.stderr]) stream.on('data', (data) => (output += data));
  const ended = new Promise((resolve) => device.once('close', resolve));
  while (!/^Enter the code \S+\n/m.test(output))
    await new Promise((resolve) => device.stdout.once('data', resolve));

  const [, address = '', code = ''] = /^Open (\S+)\nEnter the code (\S+)\n$/.exec(output) ?? [];
  const page = await person.browser.get(address, OPENS_PAGE);
  assert.ok(formOf(page.text), output);
  const confirm = await submit(person, address, page.text, { user_code: code });
  const { location } = await submit(person, address, confirm.text, {});
  await browse(person, location, { grant });
  assert.equal(await ended, 0, output);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

suite('the device of "Devices" works as written', { concurrency: true }, () => {
  test('it gets its tokens once the person has allowed it', async () => {
    const tokens = await connect('anna', 'true');
    assert.equal(tokens['scope'], 'openid profile call');
    const headers = { authorization: `Bearer ${tokens['access_token']}` };
    assert.equal((await fetch(`${app.url}/rest/call`, { headers })).status, 200);
  });

  test('it gets access_denied if the person denies it', async () => {
    assert.equal((await connect('bert', 'false'))['error'], 'access_denied');
  });
});
