import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { Browser } from '../harness/browser.ts';
import { addClassicClient, addUser } from '../harness/people.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');

function parameters(responseType: string, further: Record<string, string> = {}) {
  return {
    client_id: client.id,
    response_type: responseType,
    redirect_uri: client.redirectUri,
    scope: 'call',
    ...further,
  };
}

test('the application flow, step by step as documented, ends with a token in the fragment', async () => {
  const browser = new Browser(app.url);
  const query = new URLSearchParams(parameters('code'));

  const start = await browser.get(`/oauth/auth?${query}`);
  assert.equal(start.status, 302);
  assert.equal(start.location, `${app.url}/auth/login?${query}`);
});
