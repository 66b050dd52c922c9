import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { assertLeadsNowhere } from './redirect-uri-mutants.ts';

const app = await startApp();

suite('the port of an address on the person’s own device', () => {
  const loopback = 'http://127.0.0.1:5555/cb?a=1';
  const others = {
    'another port': 'http://127.0.0.1:5556/cb?a=1',
    'no port': 'http://127.0.0.1/cb?a=1',
  };
  const authorize = (clientId: string, uri: string) =>
    new Browser(app.url).get(
      `/oauth/authorize?${new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        scope: 'call',
        redirect_uri: uri,
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
      })}`,
    );
  const register = (given: readonly string[]) =>
    app.clients.registerClient({ name: 'App', redirectUris: given, public: true }, COMMAND_LINE);

  test('is the registered one for a web application', async () => {
    const { client } = await register([loopback]);
    assert.equal((await authorize(client.id, loopback)).status, 303);
    for (const [how, uri] of Object.entries(others)) assertLeadsNowhere(await authorize(client.id, uri), how);
  });

  test('is any for an installed one (RFC 8252 section 7.3), and nothing else about it is', async () => {
    const { client } = await register([loopback, 'com.example.app:/cb']);
    for (const uri of [loopback, ...Object.values(others)])
      assert.equal((await authorize(client.id, uri)).status, 303, uri);
    for (const uri of [
      'http://localhost:5555/cb?a=1',
      'http://[::1]:5555/cb?a=1',
      'http://127.0.0.2:5555/cb?a=1',
      'http://127.1:5555/cb?a=1',
      'http://2130706433:5555/cb?a=1',
      'https://127.0.0.1:5555/cb?a=1',
      'HTTP://127.0.0.1:5556/cb?a=1',
      'http://me@127.0.0.1:5556/cb?a=1',
      'http://127.0.0.1:5556@evil.example/cb?a=1',
      'http://evil.example\\@127.0.0.1:5556/cb?a=1',
      'http://127.0.0.1:5556/evil/../cb?a=1',
      'http://127.0.0.1:5556/cb',
      'http://127.0.0.1:5556/cb?a=1#evil',
      'http://127.0.0.1:55\t56/cb?a=1',
      'http://127.0.0.1:5556\n/cb?a=1',
      'http://127.0.0.1:99999/cb?a=1',
      'com.example.app:/cb/',
      'com.example.app://cb',
      'COM.example.app:/cb',
      'com.example.app:/CB',
    ])
      assertLeadsNowhere(await authorize(client.id, uri), uri);
  });
});
