import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import {
  addPerson,
  authorize as authorizeWith,
  configure,
  redeem,
  refusal,
  registerDynamically,
  walk,
} from './modern-walk.ts';
import { assertLeadsNowhere } from './redirect-uri-mutants.ts';

const app = await startApp();

const LOOPBACK = 'http://127.0.0.1:5555/cb?a=1';
const OTHER_PORTS = ['http://127.0.0.1:5556/cb?a=1', 'http://127.0.0.1/cb?a=1'];

const authorize = (
  clientId: string,
  uri: string,
  more: Record<string, string> = {},
  browser = new Browser(app.url),
) =>
  browser.get(
    `/oauth/authorize?${new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      scope: 'call',
      redirect_uri: uri,
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
      ...more,
    })}`,
  );
const register = async (redirectUris: readonly string[], isPublic = true) =>
  (await app.clients.registerClient({ name: 'App', redirectUris, public: isPublic }, COMMAND_LINE)).client;

suite('the port of a loopback IP address', () => {
  test('is any for a public client (RFC 8252 section 7.3), and nothing else about it is', async () => {
    for (const further of [[], ['com.example.app:/cb']]) {
      const { id } = await register([LOOPBACK, ...further]);
      for (const uri of [LOOPBACK, ...OTHER_PORTS]) assert.equal((await authorize(id, uri)).status, 303, uri);
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
        'http://127.0.0.1:5556.evil.example/cb?a=1',
        'http://127.0.0.1.evil.example:5556/cb?a=1',
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
        assertLeadsNowhere(await authorize(id, uri), uri);
    }
  });

  test('is any for IPv6, and whichever port is registered', async () => {
    for (const [registered, uri] of [
      ['http://[::1]/cb', 'http://[::1]:53219/cb'],
      ['http://[::1]:5555/cb', 'http://[::1]:53219/cb'],
      ['http://127.0.0.1', 'http://127.0.0.1:53219'],
    ] as const)
      assert.equal((await authorize((await register([registered])).id, uri)).status, 303, uri);
  });

  test('is any for a public client that registers itself', async () => {
    const metadata = { token_endpoint_auth_method: 'none', redirect_uris: [LOOPBACK] };
    const { client_id: id } = (await registerDynamically(app, metadata, oauth.None())).clientMetadata();
    for (const uri of OTHER_PORTS) assert.equal((await authorize(id, uri)).status, 303, uri);
  });

  test('is the registered one for a client with a secret, and for the name localhost', async () => {
    const confidential = await register([LOOPBACK], false);
    assert.equal((await authorize(confidential.id, LOOPBACK)).status, 303);
    for (const uri of OTHER_PORTS) assertLeadsNowhere(await authorize(confidential.id, uri), uri);
    const named = await register(['http://localhost:5555/cb']);
    assertLeadsNowhere(await authorize(named.id, 'http://localhost:5556/cb'), 'localhost');
  });
});

test('a client with a loopback address is asked for consent once, and then signs in with prompt=none', async () => {
  const { id } = await register([LOOPBACK]);
  const anna = await addPerson(app, 'anna');
  const [first, second] = OTHER_PORTS.map((uri) => ({ redirect_uri: uri, state: uri }));
  const address = (await authorize(id, LOOPBACK, first, anna.browser)).location;
  const { prompts, callback } = await walk(anna, address);
  assert.deepEqual(prompts, ['login', 'consent']);
  assert.ok(callback.href.startsWith(`${OTHER_PORTS[0]}&code=`), callback.href);
  for (const prompt of [{}, { prompt: 'none' }]) {
    const { location } = await authorize(id, LOOPBACK, { ...second, ...prompt }, anna.browser);
    assert.ok(location.startsWith(`${OTHER_PORTS[1]}&code=`), location);
  }
});

test('a code is redeemed with the port that it was sent to', async () => {
  const [registered, uri] = ['http://127.0.0.1:5555/cb', 'http://127.0.0.1:53219/cb'];
  const client = await app.clients.registerClient(
    { name: 'App', redirectUris: [registered], public: true },
    COMMAND_LINE,
  );
  const config = await configure(app, client);
  const person = await addPerson(app, 'otto');
  const sent = await authorizeWith(config, person, { redirect_uri: uri });
  const elsewhere = new URL(sent.callback.href.replace(uri, registered));
  await assert.rejects(redeem(config, { ...sent, callback: elsewhere }), refusal('invalid_grant'));
  assert.ok((await redeem(config, await authorizeWith(config, person, { redirect_uri: uri }))).access);
});
