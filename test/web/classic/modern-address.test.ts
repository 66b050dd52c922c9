import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, addUser, MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { parametersOf, signedInBrowser, withQuery } from './flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
const browser = await signedInBrowser(app, client, 'anna');
await browser.post('/auth/grant', { ...parametersOf(client, 'code'), grant: 'true' });
const parameters = { client_id: client.id, redirect_uri: client.redirectUri, scope: 'call' };

function tokens(): Promise<Record<string, unknown>[]> {
  return app.sql('SELECT 1 FROM access_tokens');
}

/** Asks at the modern address as a modern client would, in all but the response type and mode. */
function askAsModern(clientId: string, responseType: string, responseMode: string): Promise<Answer> {
  return browser.get(
    withQuery('/oauth/authorize', {
      client_id: clientId,
      redirect_uri: MODERN_REDIRECT_URI,
      scope: 'call',
      response_type: responseType,
      response_mode: responseMode,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    }),
  );
}

test('a classic client gets no code by a response mode of the modern address', async () => {
  for (const mode of [{ response_mode: 'query' }, { response_mode: 'form_post' }, {}]) {
    const answer = await browser.get(
      withQuery('/oauth/authorize', { ...parameters, response_type: 'code', ...mode }),
    );
    assert.ok(!`${answer.location} ${answer.text}`.includes('code='), answer.location);
    assert.match(`${answer.location} ${answer.text}`, /error/);
  }
});

test('a client that is not classic gets nothing by the classic response modes', async () => {
  const { client: modern } = await addModernClient(app);
  for (const [responseType, mode] of [
    ['code', 'classic.code'],
    ['code', 'classic.token'],
    ['none', 'classic.token'],
    ['none', 'query'],
    ['token', 'classic.token'],
  ] as const) {
    const answer = await askAsModern(modern.id, responseType, mode);
    assert.doesNotMatch(answer.location, /access_token=|[?&]code=|\/interaction\//, answer.location);
    assert.match(`${answer.location} ${answer.text}`, /error/);
  }
  assert.deepEqual(await tokens(), []);
});

test('the response types token and none are advertised nowhere', async () => {
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    const metadata = (await browser.get(`/.well-known/${name}`)).json<Record<string, string[]>>();
    assert.deepEqual(metadata['response_types_supported'], ['code']);
    assert.deepEqual(metadata['response_modes_supported'], ['query', 'form_post']);
    assert.ok(!metadata['grant_types_supported']?.includes('implicit'));
  }
});

suite('a client that is not classic, though its registration came to hold the classic response modes,', () => {
  for (const [responseType, mode] of [
    ['none', 'classic.token'],
    ['code', 'classic.code'],
  ] as const) {
    test(`gets nothing by ${mode}`, async () => {
      const { client: modern } = await addModernClient(app);
      await app.sql(
        `UPDATE clients SET metadata = metadata || '{"response_types": ["code", "none"],
                                                    "response_modes": ["classic.code", "classic.token"]}' WHERE id = $1`,
        [modern.id],
      );
      await app.sql(
        `INSERT INTO grants (user_id, client_id, scopes) SELECT id, $1, '{call}' FROM users WHERE name = 'anna'`,
        [modern.id],
      );
      const answer = await askAsModern(modern.id, responseType, mode);
      assert.doesNotMatch(answer.location, /access_token=|[?&]code=/);
      assert.ok(answer.status >= 400 || answer.location.includes('error='), String(answer.status));
      assert.deepEqual(await app.sql('SELECT 1 FROM access_tokens WHERE client_id = $1', [modern.id]), []);
    });
  }
});
