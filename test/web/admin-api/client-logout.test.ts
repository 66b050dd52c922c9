import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addSignedIn, leadsTo } from '../console/console.ts';
import { issueInitialAccessToken } from '../oauth/modern-walk.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: 'intranet.local:8080' });
const administrator = await addAdministrator(app);
const ada = await addSignedIn(app, 'ada');

const LOGOUT = {
  postLogoutRedirectUris: ['https://app.example/bye', 'http://localhost:5555/bye'],
  backchannelLogoutUri: 'https://app.example/logout',
  backchannelLogoutSessionRequired: true,
};
const NONE = {
  postLogoutRedirectUris: [],
  backchannelLogoutUri: null,
  backchannelLogoutSessionRequired: false,
};
const METADATA = {
  post_logout_redirect_uris: LOGOUT.postLogoutRedirectUris,
  backchannel_logout_uri: LOGOUT.backchannelLogoutUri,
  backchannel_logout_session_required: true,
};

interface Shown {
  readonly id: string;
  readonly [property: string]: unknown;
}

const registration = { name: 'CRM', redirectUris: ['https://app.example/cb'] };
const logoutOf = (shown: Shown) =>
  Object.fromEntries(Object.keys(NONE).map((property) => [property, shown[property]]));

async function register(logout: object = {}): Promise<Shown> {
  const answer = await administrator.send('POST', '/admin/clients', { ...registration, ...logout });
  assert.equal(answer.status, 201, answer.text);
  return answer.json<Shown>();
}

async function metadataOf(id: string): Promise<Record<string, unknown>> {
  const [row] = await app.sql<{ metadata: Record<string, unknown> }>(
    'SELECT metadata FROM clients WHERE id = $1',
    [id],
  );
  return row?.metadata ?? {};
}

function registerItself(metadata: object, token: string): Promise<Response> {
  return fetch(`${app.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ redirect_uris: registration.redirectUris, ...metadata }),
  });
}

suite('what a client registers for the sign-out of its users', () => {
  test('is set with the registration, and shown', async () => {
    const registered = await register(LOGOUT);
    assert.deepEqual(logoutOf(registered), LOGOUT);
    assert.deepEqual(
      logoutOf((await administrator.get(`/admin/clients/${registered.id}`)).json<Shown>()),
      LOGOUT,
    );
    assert.deepEqual(logoutOf(await register()), NONE);
  });

  test('is replaced later as a whole, without another change of the client, and recorded', async () => {
    const { id } = await register();
    const before = await metadataOf(id);
    const path = `/admin/clients/${id}/logout`;
    const set = await administrator.send('PUT', path, LOGOUT);
    assert.equal(set.status, 200, set.text);
    assert.deepEqual(logoutOf(set.json<Shown>()), LOGOUT);
    assert.deepEqual(await metadataOf(id), { ...before, ...METADATA });
    const { postLogoutRedirectUris } = LOGOUT;
    assert.equal((await administrator.send('PUT', path, { postLogoutRedirectUris })).status, 200);
    const { post_logout_redirect_uris } = METADATA;
    assert.deepEqual(await metadataOf(id), { ...before, post_logout_redirect_uris });
    assert.equal((await administrator.send('PUT', path, {})).status, 200);
    assert.deepEqual(await metadataOf(id), before);
    const acts = await app.sql(
      `SELECT actor FROM audit_log WHERE action = 'clientLogoutChanged' AND client_id = $1`,
      [id],
    );
    assert.equal(acts.length, 3);
    assert.equal((await administrator.send('PUT', '/admin/clients/nobody/logout', {})).status, 404);
  });

  test('may be on a private host that the server allows', async () => {
    const backchannelLogoutUri = 'http://intranet.local:8080/logout';
    assert.equal((await register({ backchannelLogoutUri }))['backchannelLogoutUri'], backchannelLogoutUri);
  });

  test('is registered in the console, shown there, and changed', async () => {
    const fields = {
      post_logout_redirect_uris: LOGOUT.postLogoutRedirectUris.join('\r\n'),
      backchannel_logout_uri: LOGOUT.backchannelLogoutUri,
      backchannel_logout_session_required: 'true',
    };
    const form = { name: 'Console app', redirect_uris: 'https://app.example/cb', kind: 'public', ...fields };
    const page = leadsTo(await ada.send('/console/new-client', form));
    const id = /clients\/(\w+)/.exec(page)?.[1] ?? '';
    const { post_logout_redirect_uris, backchannel_logout_uri, backchannel_logout_session_required } =
      await metadataOf(id);
    assert.deepEqual(
      { post_logout_redirect_uris, backchannel_logout_uri, backchannel_logout_session_required },
      METADATA,
    );
    const { text } = await ada.open(page);
    for (const uri of [...LOGOUT.postLogoutRedirectUris, LOGOUT.backchannelLogoutUri])
      assert.ok(text.includes(`<code>${uri}</code>`), uri);

    const path = `/console/clients/${id}/logout`;
    const shown = await ada.open(path);
    assert.match(shown.text, /value="https:\/\/app\.example\/logout"/);
    assert.match(shown.text, /name="backchannel_logout_session_required"[^>]* checked/);
    const wrong = await ada.send(path, { ...fields, backchannel_logout_uri: 'http://app.example/' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /role="alert">backchannelLogoutUri must be an https: URL/);
    assert.match(wrong.text, /value="http:\/\/app\.example\/"/);
    const done = leadsTo(await ada.send(path, { post_logout_redirect_uris: '' }));
    assert.match((await ada.open(done)).text, /role="status">The sign-out is changed\.</);
    assert.equal((await metadataOf(id))['backchannel_logout_uri'], undefined);
    assert.equal((await ada.open('/console/clients/nobody/logout')).status, 404);
  });

  test('is registered by a client itself', async () => {
    const answer = await registerItself(METADATA, await issueInitialAccessToken(app));
    assert.equal(answer.status, 201);
    const registered = (await answer.json()) as Record<string, unknown>;
    for (const [name, value] of Object.entries(METADATA)) assert.deepEqual(registered[name], value, name);
  });
});

suite('a registration is refused, and the error names what is wrong:', () => {
  const wrong: readonly (readonly [object, string, RegExp])[] = [
    [{ postLogoutRedirectUris: ['javascript:alert(1)'] }, 'postLogoutRedirectUris[0]', /scheme javascript:/],
    [
      { postLogoutRedirectUris: ['https://app.example/', 'http://app.example/'] },
      'postLogoutRedirectUris[1]',
      /Post-logout redirect URI 2 must use https:/,
    ],
    [{ postLogoutRedirectUris: ['https://app.example/#x'] }, 'postLogoutRedirectUris[0]', /fragment/],
    [{ postLogoutRedirectUris: ['https://*.example/'] }, 'postLogoutRedirectUris[0]', /wildcards/],
    [{ backchannelLogoutUri: 'http://app.example/' }, 'backchannelLogoutUri', /must be an https: URL/],
    [{ backchannelLogoutUri: 'https://169.254.169.254/' }, 'backchannelLogoutUri', /public address/],
    [{ backchannelLogoutUri: 'https://localhost/' }, 'backchannelLogoutUri', /public address/],
    [{ backchannelLogoutUri: 'https://u:p@app.example/' }, 'backchannelLogoutUri', /user name/],
    [{ backchannelLogoutUri: 'nowhere' }, 'backchannelLogoutUri', /absolute https: URL/],
    [
      { backchannelLogoutSessionRequired: true },
      'backchannelLogoutSessionRequired',
      /needs a backchannelLogoutUri/,
    ],
  ];
  for (const [logout, field, message] of wrong) {
    test(JSON.stringify(logout), async () => {
      const { id } = await register();
      for (const answer of [
        await administrator.send('POST', '/admin/clients', { ...registration, ...logout }),
        await administrator.send('PUT', `/admin/clients/${id}/logout`, logout),
      ]) {
        assert.equal(answer.status, 400, answer.text);
        const error = answer.json<{ field: string; message: string }>();
        assert.equal(error.field, field);
        assert.match(error.message, message);
      }
      const asMetadata = Object.fromEntries(
        Object.entries(logout).map(([name, value]) => [
          name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          value,
        ]),
      );
      const itself = await registerItself(asMetadata, await issueInitialAccessToken(app));
      assert.equal(itself.status, 400);
      assert.match(
        ((await itself.json()) as { error: string }).error,
        /^invalid_(client_metadata|redirect_uri)$/,
      );
    });
  }

  test('metadata of the wrong type', async () => {
    const token = await issueInitialAccessToken(app);
    for (const metadata of [
      { post_logout_redirect_uris: 'https://app.example/' },
      { post_logout_redirect_uris: [1] },
      { backchannel_logout_uri: 1 },
      { backchannel_logout_uri: 'https://app.example/', backchannel_logout_session_required: 'yes' },
    ])
      assert.equal((await registerItself(metadata, token)).status, 400, JSON.stringify(metadata));
  });
});
