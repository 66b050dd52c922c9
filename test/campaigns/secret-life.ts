import assert from 'node:assert/strict';
import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import type { TestApp } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { addClassicClient, addModernClient, addUser, bearer } from '../harness/people.ts';
import { FORM, JSON_BODY, request } from '../platform/http/request.ts';
import { addAdministrator } from '../web/admin-api/administrator.ts';
import { CALLS } from '../web/api/call.ts';
import { CALLS as CAMARA_CALLS } from '../web/click-to-dial/call.ts';
import { authorize, configure, redeem, refresh } from '../web/oauth/modern-walk.ts';
import type { Canaries } from './canaries.ts';

/** Users and applications that use their secrets, correctly and incorrectly. */
export interface Life {
  /** All secrets of one user and one application. */
  liveThrough(index: number): Promise<void>;
  administer(method: string, path: string, body?: object): Promise<Answer>;
  /** All responses to refused requests, which must not repeat a secret. */
  readonly refusals: readonly string[];
}

interface Setting {
  readonly app: TestApp;
  /** The same database, for direct inspection. */
  readonly node: TestApp;
  readonly canaries: Canaries;
  /** URL of the receiver of webhooks and sinks. */
  readonly receiver: string;
}

export async function createLife({ app, node, canaries: { plant, note }, receiver }: Setting): Promise<Life> {
  const refusals: string[] = [];
  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    const answer = await request(node, method, path, headers, body);
    if (answer.status >= 400)
      refusals.push(`${method} ${path.split('?')[0]} ${answer.status} ${answer.text} ${[...answer.headers]}`);
    return answer;
  }
  const sendForm = (path: string, form: Record<string, string>, headers = {}) =>
    send('POST', path, { ...FORM, ...headers }, new URLSearchParams(form).toString());

  const classic = await addClassicClient(app);
  const administration = bearer(note('access token', (await addAdministrator(app, 'ada')).token));
  note('client secret', classic.secret);
  const asJson = { ...administration, ...JSON_BODY };
  const administer = (method: string, path: string, body?: object) =>
    body ? send(method, path, asJson, JSON.stringify(body)) : send(method, path, administration);

  async function usePasswords(username: string): Promise<void> {
    await administer('POST', '/admin/users', { name: username, password: plant('password'), limit: 1 });
    const address = `/admin/users/${username}/password`;
    await administer('PUT', address, { password: plant('new password') });
    await administer('PUT', address, { password: plant('refused password').repeat(100) });
    const form = { username, client_id: 'x', return_to: '/account' };
    for (const path of ['/sign-in', '/console/sign-in', '/auth/login'])
      await sendForm(path, { ...form, password: plant('wrong password') });
    await send('POST', '/admin/users', asJson, `{"password":"${plant('password in what is no JSON')}"`);
    await administer('POST', '/admin/users', { [plant('password as a name')]: 1 });
  }

  /** @returns the last access token */
  async function obtainTokens(name: string, registered: RegisteredClient): Promise<string> {
    const config = await configure(node, registered);
    const browser = new Browser(node.url);
    const scope = 'call click-to-dial:calls:create openid offline_access';
    const authorized = await authorize(config, { name, browser }, { scope, prompt: 'consent' });
    note('authorization code', authorized.callback.searchParams.get('code'));
    note('PKCE verifier', authorized.verifier);
    const first = await redeem(config, authorized);
    const second = await refresh(config, first.refresh);
    for (const { access, refresh: further } of [first, second]) {
      note('access token', access);
      note('refresh token', further);
    }
    for (const cookie of browser.cookiesFor('/').split('; '))
      if (/^clicktocall(_browser)?=/.test(cookie)) note('cookie', cookie.slice(cookie.indexOf('=') + 1));
    return second.access;
  }

  async function replaceSecrets({ client: { id: client } }: RegisteredClient): Promise<void> {
    const webhooks = `/admin/clients/${client}/webhooks`;
    const added = (await administer('POST', webhooks, { url: `${receiver}/hook` })).json();
    note('webhook secret', added['secret']);
    const rotated = await administer('POST', `${webhooks}/${added['id']}/secret`);
    note('webhook secret', rotated.json()['secret']);
    const other = (await addModernClient(app)).client.id;
    note('client secret', (await administer('POST', `/admin/clients/${other}/secret`)).json()['secret']);
  }

  async function callWith(token: string, index: number): Promise<void> {
    const headers = { ...bearer(token), ...JSON_BODY };
    const callee = `+4416329${String(index).padStart(5, '0')}`;
    const once = { ...headers, 'idempotency-key': `k${index}` };
    const opened = await send('POST', CALLS, once, JSON.stringify({ callee }));
    assert.equal(opened.status, 201, opened.text);
    await callWithSink(headers, `+4416328${String(index).padStart(5, '0')}`);
  }

  async function callWithSink(headers: Record<string, string>, callee: string): Promise<void> {
    const call = {
      ...{ caller: { number: '+447700900000' }, callee: { number: callee } },
      sink: `${receiver}/sink`,
      sinkCredential: {
        ...{ credentialType: 'ACCESSTOKEN', accessTokenType: 'bearer' },
        ...{ accessTokenExpiresUtc: '2100-01-01T00:00:00Z', accessToken: plant('sink credential') },
      },
    };
    const opened = await send('POST', CAMARA_CALLS, headers, JSON.stringify(call));
    assert.equal(opened.status, 201, opened.text);
    const sink = `https://10.0.0.1/${plant('secret in a sink’s address')}`;
    await send('POST', CAMARA_CALLS, headers, JSON.stringify({ ...call, sink }));
  }

  async function useWrongly(token: string, { client: { id } }: RegisteredClient): Promise<void> {
    await send('GET', `${CALLS}?access_token=${token}`, {});
    await send('GET', CALLS, { authorization: `DPoP ${token}`, dpop: plant('what is no proof') });
    await send('GET', CALLS, bearer(plant('token of nobody')));
    const form = { grant_type: 'authorization_code', code: plant('code of nobody'), client_id: id };
    await sendForm('/oauth/token', { ...form, client_secret: plant('wrong client secret') });
    await sendForm('/oauth/token', form, {
      authorization: `Basic ${plant('broken Basic credentials')}`,
    });
  }

  return {
    refusals,
    administer,
    async liveThrough(index) {
      const name = `anna-${index}`;
      await addUser(app, name, { limit: 5, numbers: ['+447700900000'] });
      await usePasswords(`bert-${index}`);
      const registered = await addModernClient(app);
      note('client secret', registered.secret);
      const token = await obtainTokens(name, registered);
      await replaceSecrets(registered);
      await callWith(token, index);
      await useWrongly(token, registered);
    },
  };
}
