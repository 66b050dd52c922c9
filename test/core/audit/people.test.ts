import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, addUser, PASSWORD } from '../../harness/people.ts';
import { parametersOf } from '../../web/classic/flow.ts';
import { authorizationUrl, configure, registerDynamically } from '../../web/oauth/modern-walk.ts';
import { actsOf, type RecordedAct, userId } from './acts.ts';

const app = await startApp({ TRUST_PROXY: 'true' });
const client = await addClassicClient(app);
const parameters = parametersOf(client, 'code');
await addUser(app, 'anna');
const anna = await userId(app, 'anna');

/** Omits empty properties, and those that are unique to an act. */
function told(acts: readonly RecordedAct[]) {
  return acts.map((act) =>
    Object.fromEntries(
      Object.entries(act).filter(
        ([name, value]) => value !== null && !['id', 'at'].includes(name) && JSON.stringify(value) !== '{}',
      ),
    ),
  );
}

function signIn(name: string, password = PASSWORD, address = '192.0.2.1', browser = new Browser(app.url)) {
  return browser.post(
    '/auth/login',
    { ...parameters, username: name, password },
    { 'x-forwarded-for': address },
  );
}

suite('a sign-in', () => {
  test('is recorded with its address', async () => {
    assert.deepEqual(told(await actsOf(app, () => signIn('Anna'))), [
      { actor: 'user', actor_user_id: anna, ip_address: '192.0.2.1', action: 'signedIn', user_id: anna },
    ]);
  });

  const refused = { actor: 'unknown', ip_address: '192.0.2.2', action: 'signInRefused' };
  const details = { reason: 'wrongCredentials' };

  test('that is refused is recorded with an unknown actor and the user concerned', async () => {
    const acts = await actsOf(app, () => signIn('anna', 'wrong', '192.0.2.2'));
    assert.deepEqual(told(acts), [{ ...refused, user_id: anna, details }]);
  });

  test('for an unknown name is recorded without the name, which may be a password', async () => {
    const acts = await actsOf(app, () => signIn('sesame', 'wrong', '192.0.2.2'));
    assert.deepEqual(told(acts), [{ ...refused, details }]);
    assert.ok(!JSON.stringify(acts).includes('sesame'));
  });

  test('from an invalid address is recorded without it', async () => {
    const [act] = await actsOf(app, () => signIn('anna', PASSWORD, 'unknown'));
    assert.equal(act?.action, 'signedIn');
    assert.equal(act?.ip_address, null);
  });

  test('that is throttled is recorded once, even if repeated', async () => {
    const acts = await actsOf(app, async () => {
      for (let time = 0; time < 15; time++) await signIn('anna', `guess ${time}`, '192.0.2.3');
    });
    assert.deepEqual(
      acts.map(({ details: { reason } }) => reason),
      [...new Array(10).fill('wrongCredentials'), 'tooManyAttempts'],
    );
  });
});

suite('a sign-out', () => {
  test('is recorded', async () => {
    const browser = new Browser(app.url);
    await signIn('anna', PASSWORD, '192.0.2.1', browser);
    const acts = await actsOf(app, () =>
      browser.post('/auth/logout', {}, { 'x-forwarded-for': '192.0.2.9' }),
    );
    const by = { actor: 'user', actor_user_id: anna, ip_address: '192.0.2.9' };
    assert.deepEqual(told(acts), [{ ...by, action: 'signedOut', user_id: anna }]);
  });

  test('without a session is not recorded', async () => {
    assert.deepEqual(await actsOf(app, () => new Browser(app.url).post('/auth/logout')), []);
  });
});

suite('the decision on an application’s request', () => {
  for (const [grant, action] of [
    ['true', 'grantAllowed'],
    ['false', 'grantRefused'],
  ] as const) {
    const expected = (clientId: string) => ({
      ...{ actor: 'user', actor_user_id: anna, actor_client_id: clientId, action },
      ...{ user_id: anna, client_id: clientId, details: { scopes: ['call'] } },
    });

    test(`${action}, in the classic flows`, async () => {
      const browser = new Browser(app.url);
      await signIn('anna', PASSWORD, '192.0.2.1', browser);
      const acts = await actsOf(app, () =>
        browser.post('/auth/grant', { ...parameters, grant }, { 'x-forwarded-for': '192.0.2.8' }),
      );
      assert.deepEqual(told(acts), [{ ...expected(client.id), ip_address: '192.0.2.8' }]);
    });

    test(`${action}, in the modern flows`, async () => {
      const registered = await addModernClient(app);
      const config = await configure(app, registered);
      const browser = new Browser(app.url);
      const { location: asked } = await browser.get((await authorizationUrl(config)).url.href);
      const signedIn = await browser.post(asked, { username: 'anna', password: PASSWORD });
      const { location: consent } = await browser.get(signedIn.location);
      const acts = await actsOf(app, () => browser.post(consent, { grant }));
      assert.deepEqual(told(acts), [{ ...expected(registered.client.id), ip_address: acts[0]?.ip_address }]);
    });
  }
});

test('dynamic registration is recorded with the application as actor', async () => {
  let clientId = '';
  const recorded = await actsOf(app, async () => {
    clientId = (await registerDynamically(app, { client_name: 'Self-made' })).clientMetadata().client_id;
  });
  const acts = recorded.filter(({ action }) => action !== 'initialAccessTokenIssued');
  assert.match(acts[0]?.ip_address ?? '', /^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/);
  assert.deepEqual(told(acts), [
    {
      ...{ actor: 'application', actor_client_id: clientId, ip_address: acts[0]?.ip_address },
      ...{ action: 'clientRegistered', client_id: clientId, details: { classic: false, public: false } },
    },
  ]);
});
