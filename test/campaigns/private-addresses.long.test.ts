import assert from 'node:assert/strict';
import { getServers, setServers } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { deliveriesOf, openCallOf } from '../core/events/events.ts';
import { startReceiver } from '../core/events/receiver.ts';
import { startApp } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { type DnsRecord, startDnsResponder } from '../harness/dns-responder.ts';
import { addClassicClient, addModernClient, addUser, bearer, classicToken } from '../harness/people.ts';
import { until } from '../harness/until.ts';
import { JSON_BODY, request } from '../platform/http/request.ts';
import { addAdministrator } from '../web/admin-api/administrator.ts';
import { assertProblem, send } from '../web/api/call.ts';
import { callTo, postCall as postCamaraCall } from '../web/click-to-dial/call.ts';
import { configure, issueInitialAccessToken } from '../web/oauth/modern-walk.ts';
import { record } from './campaign.ts';
import { DISGUISES, PRIVATE_HOSTS, SPECIAL_ADDRESSES } from './private-addresses.ts';

/** Records connections to this machine, at any of its addresses. */
let connections = 0;
const listener = createServer((socket) => {
  connections++;
  socket.destroy();
});
listener.listen(0, '::');
await once(listener, 'listening');
afterFile(() => listener.close());
const { port } = listener.address() as AddressInfo;

/** Redirects all requests to the listener. */
const receiver = await startReceiver();
const app = await startApp({
  SINK_ALLOW_HOSTS: new URL(receiver.url).host,
  CLIENT_DOCUMENT_HOSTS: `*,*:${port}`,
  ANONYMOUS_REQUESTS_PER_MINUTE: '1000000',
});
const client = await addClassicClient(app);
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 10_000, numbers: ['+447700900000'] });
const token = await classicToken(app, client, 'anna');
const registered = await addModernClient(app);
const { client: hooked } = registered;
const ownToken = await oauth.clientCredentialsGrant(await configure(app, registered), { scope: 'webhooks' });

const URLS = [
  ...PRIVATE_HOSTS.map((host) => `https://${host}:${port}/events`),
  ...DISGUISES.flatMap((disguised) => [`127.0.0.1:${port}`, `[::1]:${port}`].map((host) => disguised(host))),
];

/** Of a call whose events go there, as if the address had been accepted. @returns why the first attempt failed */
async function problemOf(sink: string): Promise<string | null> {
  const call = await openCallOf(app, { userName: 'anna', clientId: client.id, sink });
  const [first] = await until(
    () => `an attempt at ${sink}`,
    async () => {
      const attempts = (await deliveriesOf(app, call)).flatMap((delivery) => delivery.attempts);
      return attempts.length > 0 && attempts;
    },
    30,
  );
  return first?.problem ?? null;
}

/** Asks for a sign-in by the application that a document there describes. @returns the page of the refusal */
async function askWithDocument(clientId: string): Promise<string> {
  const asked = new URLSearchParams({ client_id: clientId, response_type: 'code' });
  const answer = await request(app, 'GET', `/oauth/authorize?${asked}`, { accept: 'text/html' });
  assert.ok([400, 503].includes(answer.status), `${clientId}: ${answer.status} ${answer.location}`);
  return answer.text;
}

const records = new Map<string, readonly DnsRecord[]>();
const names = await startDnsResponder(records);
const usual = getServers();
setServers([names.server]);
afterFile(() => setServers(usual));

suite(`of ${URLS.length} spellings of addresses that are not public, none is accepted`, () => {
  const webhooks = `/admin/clients/${hooked.id}/webhooks`;
  for (const url of URLS) {
    test(JSON.stringify(url), async () => {
      const asWebhook = await administrator.send('POST', webhooks, { url });
      assert.equal(asWebhook.status, 400, asWebhook.text);
      const asOwnWebhook = await send(app, 'POST', '/api/v1/webhooks', ownToken.access_token, {
        body: { url },
      });
      assertProblem(asOwnWebhook, 400, 'invalid_input');
      const asSink = await postCamaraCall(app, token, callTo(undefined, { sink: url }));
      assert.equal(asSink.status, 400, asSink.text);
      const logout = { backchannelLogoutUri: url };
      const forLogout = await administrator.send('PUT', `/admin/clients/${hooked.id}/logout`, logout);
      assert.equal(forLogout.status, 400, forLogout.text);
      await askWithDocument(url);
      const normal = URL.parse(`${url}client.json`)?.href;
      if (normal !== undefined) await askWithDocument(normal);
    });
  }
});

test('none is connected to, even if it was accepted', async () => {
  const problems = await Promise.all(URLS.map(async (url) => [url, await problemOf(url)] as const));
  for (const [url, problem] of problems)
    assert.match(problem ?? '', /^the (address is not public|URL is not https:|name )/, url);
});

test(`a name that resolves to any of ${SPECIAL_ADDRESSES.length} special addresses, or to one among public ones, is not connected to`, async () => {
  for (const [index, address] of SPECIAL_ADDRESSES.entries()) {
    records.set(`alone-${index}.rebound.example`, [address]);
    records.set(`among-${index}.rebound.example`, ['8.8.8.8', address]);
  }
  await Promise.all(
    [...records.keys()].map(async (name) => {
      const addresses = String(records.get(name));
      assert.equal(await problemOf(`https://${name}:${port}/`), 'the address is not public', addresses);
    }),
  );
  for (const name of records.keys()) {
    assert.match(await askWithDocument(`https://${name}:${port}/client.json`), /the address is not public/);
    const questions = names.asked.filter((asked) => asked === name);
    assert.equal(
      questions.length,
      4,
      'one for each kind of address and each connection: what is judged is what would be connected to',
    );
  }
});

test('a redirect is not followed', async () => {
  for (const status of [300, 301, 302, 303, 307, 308]) {
    for (const to of [`http://127.0.0.1:${port}/`, `https://[::1]:${port}/`, `//localhost:${port}/`]) {
      receiver.answer = (_received, response) => {
        response
          .writeHead(status, { location: to, refresh: `0; url=${to}`, 'alt-svc': `h2="127.0.0.1:${port}"` })
          .end();
        return undefined;
      };
      assert.equal(await problemOf(`${receiver.url}/`), `answered ${status}: redirects are not followed`);
    }
  }
});

test('the authorization server requests no URL of a client', async () => {
  const there = `http://127.0.0.1:${port}/`;
  const secure = `https://localhost:${port}/`;
  const initial = await issueInitialAccessToken(app);
  const uris = [
    'client_uri',
    'logo_uri',
    'policy_uri',
    'tos_uri',
    'jwks_uri',
    'sector_identifier_uri',
    'initiate_login_uri',
  ];
  for (const [uri, value] of uris.flatMap((each) => [[each, there] as const, [each, secure] as const])) {
    const metadata = { redirect_uris: ['https://app.example/cb'], [uri]: value };
    const headers = { ...JSON_BODY, ...bearer(initial) };
    const answer = await request(app, 'POST', '/oauth/register', headers, JSON.stringify(metadata));
    assert.ok([201, 400].includes(answer.status), answer.text);
    if (answer.status !== 201) continue;
    const asked = new URLSearchParams({
      client_id: String(answer.json()['client_id']),
      response_type: 'code',
    });
    await request(app, 'GET', `/oauth/authorize?${asked}`, { accept: 'text/html' });
  }
  for (const parameter of ['request_uri', 'client_id', 'redirect_uri', 'id_token_hint', 'resource']) {
    const asked = new URLSearchParams({ client_id: hooked.id, response_type: 'code', [parameter]: there });
    const answer = await request(app, 'GET', `/oauth/authorize?${asked}`);
    const refused = answer.status === 400 || new URL(answer.location).searchParams.has('error');
    assert.ok(refused, `${parameter}: ${answer.status} ${answer.location}`);
  }
});

test('and this machine got no connection', () => {
  assert.equal(connections, 0);
  record({
    invariant: 'No request goes to a private address',
    tried: `${URLS.length} spellings as webhook (by an administrator and the client itself), as sink, for logout tokens and as documents of applications, with and without the check; ${2 * SPECIAL_ADDRESSES.length} names that resolve to special addresses; 18 redirects; 19 requests to the authorization server`,
    found: 'no connection to the listener',
  });
});
