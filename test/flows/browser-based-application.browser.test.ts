import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { API_PATH } from '../../src/web/api/base-path.ts';
import { launchChromium, visit } from '../browser/chromium.ts';
import { page as sitePage, startSite } from '../browser/sites.ts';
import { startApp } from '../harness/app.ts';
import { addUser, bearer, PASSWORD } from '../harness/people.ts';

const app = await startApp();
const browser = await launchChromium();
const CALLS = `${API_PATH}/calls`;
const NUMBER = '+447700900001';

/**
 * The whole application, which has no backend (RFC 10017 section 6.3): it signs in by a popup, and keeps its tokens in memory, bound
 * to a key that no script can extract.
 */
const SCRIPT = `
  const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const bytesOf = (text) => new TextEncoder().encode(text);
  const digest = async (text) => encode(await crypto.subtle.digest('SHA-256', bytesOf(text)));
  const keys = crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);

  async function prove(method, url, token) {
    const { privateKey, publicKey } = await keys;
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } };
    const claims = { jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000), htm: method, htu: url };
    if (token) claims.ath = await digest(token);
    const content = [header, claims].map((part) => encode(bytesOf(JSON.stringify(part)))).join('.');
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, bytesOf(content));
    return content + '.' + encode(signature);
  }

  async function getTokens(form) {
    const url = SERVER + '/oauth/token';
    const body = new URLSearchParams({ client_id: CLIENT, ...form });
    const answer = await fetch(url, { method: 'POST', headers: { DPoP: await prove('POST', url) }, body });
    return answer.json();
  }

  async function signIn() {
    const [verifier, state] = [crypto.randomUUID() + crypto.randomUUID(), crypto.randomUUID()];
    const redirect_uri = location.origin + '/callback';
    const code_challenge = await digest(verifier);
    const message = new Promise((resolve) => addEventListener('message', resolve, { once: true }));
    open(SERVER + '/oauth/authorize?' + new URLSearchParams({ client_id: CLIENT, redirect_uri, state, code_challenge,
      code_challenge_method: 'S256', response_type: 'code', scope: 'call' }), 'sign-in', 'popup');
    const { origin, data } = await message;
    const response = new URLSearchParams(data);
    if (origin !== location.origin || response.get('state') !== state || response.get('iss') !== SERVER)
      throw new Error('not the response to this request: ' + data);
    return getTokens({ grant_type: 'authorization_code', code: response.get('code'), code_verifier: verifier, redirect_uri });
  }

  async function ask(method, path, token, content) {
    const url = SERVER + path;
    const headers = { Authorization: 'DPoP ' + token, DPoP: await prove(method, url, token) };
    if (content) headers['Content-Type'] = 'application/json';
    const answer = await fetch(url, { method, headers, body: content && JSON.stringify(content) });
    return { status: answer.status, body: await answer.json() };
  }
`;

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

let client = '';
const site = await startSite((request, response) => {
  const settings = `const SERVER = '${app.url}', CLIENT = '${client}';`;
  const answer = request.url?.startsWith('/callback')
    ? sitePage('The callback', 'opener.postMessage(location.search, location.origin); close();')
    : sitePage('The application', settings + SCRIPT);
  answer(request, response);
});

test('an application without a backend gets tokens that are useless without its key, and places calls with them', async () => {
  const registration = { name: 'Application', redirectUris: [`${site}/callback`], public: true };
  client = (await app.clients.registerClient(registration, COMMAND_LINE)).client.id;
  await addUser(app, 'anna', { numbers: [NUMBER] });
  const { page, complaints } = await visit(browser);
  await page.goto(site);
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate('void (globalThis.signedIn = signIn())'),
  ]);
  await popup.getByLabel('User name').fill('anna');
  await popup.getByLabel('Password').fill(PASSWORD);
  await popup.getByRole('button', { name: 'Sign in' }).click();
  await popup.getByRole('button', { name: 'Allow' }).click();

  const tokens = await page.evaluate<Tokens>('signedIn');
  assert.equal(tokens.token_type, 'DPoP');
  const opened = await page.evaluate<Answer>(
    `ask('POST', '${CALLS}', '${tokens.access_token}', { callee: '+12025550100' })`,
  );
  assert.equal(opened.status, 201);
  const renewed = await page.evaluate<Tokens>(
    `getTokens({ grant_type: 'refresh_token', refresh_token: '${tokens.refresh_token}' })`,
  );
  const call = `${CALLS}/${opened.body['id']}`;
  const read = await page.evaluate<Answer>(`ask('GET', '${call}', '${renewed.access_token}')`);
  assert.deepEqual([read.status, read.body['id']], [200, opened.body['id']]);

  const extraction = `keys.then(({ privateKey }) => crypto.subtle.exportKey('jwk', privateKey)).catch(({ name }) => name)`;
  assert.equal(await page.evaluate(extraction), 'InvalidAccessError');
  const stolen = await fetch(app.url + call, { headers: bearer(renewed.access_token) });
  assert.equal(stolen.status, 401);
  const body = new URLSearchParams({
    client_id: client,
    grant_type: 'refresh_token',
    refresh_token: renewed.refresh_token,
  });
  assert.equal((await fetch(`${app.url}/oauth/token`, { method: 'POST', body })).status, 400);
  assert.deepEqual(complaints, []);
});
