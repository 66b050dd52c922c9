import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, bearer } from '../../harness/people.ts';
import { classicCode, fragmentOf, redeem } from './flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
const other = await addClassicClient(app, 'Other');
await addUser(app, 'anna');

function tokenOf(answer: Answer): string {
  return fragmentOf(answer.location).get('access_token') ?? '';
}

async function statusOfCallWith(token: string): Promise<number> {
  return (await new Browser(app.url).get('/rest/call', bearer(token))).status;
}

function assertRefused(answer: Answer, status: number, error: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json()['error'], error);
  assert.equal(answer.location, '');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
}

test('a code works once: a second use revokes the token of the first', async () => {
  const code = await classicCode(app, client, 'anna');
  const first = await redeem(app, client, code);
  assert.equal(first.status, 303);
  assert.equal(await statusOfCallWith(tokenOf(first)), 200);

  assertRefused(await redeem(app, client, code), 400, 'invalid_grant');
  assert.equal(await statusOfCallWith(tokenOf(first)), 401);
  assert.deepEqual(await app.sql('SELECT 1 FROM access_tokens'), []);
});

test('a second use of one code leaves the tokens of another alone', async () => {
  const [reused, kept] = [await classicCode(app, client, 'anna'), await classicCode(app, client, 'anna')];
  const keptToken = tokenOf(await redeem(app, client, kept));
  await redeem(app, client, reused);
  await redeem(app, client, reused);
  assert.equal(await statusOfCallWith(keptToken), 200);
});

test('of eight simultaneous uses of one code at most one returns a token, which is revoked', async () => {
  for (let round = 0; round < 5; round++) {
    const code = await classicCode(app, client, 'anna');
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(app, client, code)));
    const given = answers.filter(({ status }) => status === 303);
    assert.ok(given.length <= 1, `${given.length} tokens were given`);
    for (const answer of given) assert.equal(await statusOfCallWith(tokenOf(answer)), 401);
  }
});

suite('a code is worth nothing', () => {
  test('without the right secret; with it, it still works afterwards', async () => {
    const code = await classicCode(app, client, 'anna');
    for (const secret of ['wrong', `${client.secret}x`, client.secret.slice(1), other.secret]) {
      assertRefused(await redeem(app, client, code, { client_secret: secret }), 401, 'invalid_client');
    }
    const [row] = await app.sql('SELECT secret_hash FROM clients WHERE id = $1', [client.id]);
    const hash = String(row?.['secret_hash']);
    assertRefused(await redeem(app, client, code, { client_secret: hash }), 401, 'invalid_client');
    assert.equal((await redeem(app, client, code)).status, 303);
  });

  test('to another client', async () => {
    const code = await classicCode(app, client, 'anna');
    assertRefused(await redeem(app, other, code), 400, 'invalid_grant');
  });

  test('with another redirect URI', async () => {
    const { client: registered, secret = '' } = await app.clients.registerClient(
      {
        name: 'Two addresses',
        redirectUris: [client.redirectUri, `${app.url}/second`],
        classic: true,
      },
      COMMAND_LINE,
    );
    const two = { id: registered.id, secret, redirectUri: client.redirectUri };
    const code = await classicCode(app, two, 'anna');
    const second = { redirect_uri: `${app.url}/second` };
    assertRefused(await redeem(app, two, code, second), 400, 'invalid_grant');
  });

  test('after 60 seconds', async () => {
    const code = await classicCode(app, client, 'anna');
    const [row] = await app.sql(
      `UPDATE artifacts SET payload = payload || jsonb_build_object('iat', (payload->>'iat')::integer - 61,
                                                                     'exp', (payload->>'exp')::integer - 61)
        WHERE model = 'AuthorizationCode' AND consumed_at IS NULL
          AND expires_at = (SELECT max(expires_at) FROM artifacts WHERE model = 'AuthorizationCode')
        RETURNING (payload->>'exp')::integer - (payload->>'iat')::integer AS lives`,
    );
    assert.equal(row?.['lives'], 60);
    assertRefused(await redeem(app, client, code), 400, 'invalid_grant');
  });

  test('when its user has been disabled', async () => {
    await addUser(app, 'carl');
    const code = await classicCode(app, client, 'carl');
    await app.users.setDisabled('carl', true, COMMAND_LINE);
    assertRefused(await redeem(app, client, code), 400, 'invalid_grant');
  });

  test('when it was never given', async () => {
    assertRefused(await redeem(app, client, 'never-given'), 400, 'invalid_grant');
  });
});

test('a HEAD, as link checkers send it, redeems no code', async () => {
  const code = await classicCode(app, client, 'anna');
  const query = new URLSearchParams({
    client_id: client.id,
    client_secret: client.secret,
    code,
    redirect_uri: client.redirectUri,
    grant_type: 'authorization_code',
  });
  assert.equal((await new Browser(app.url).send('HEAD', `/oauth/token?${query}`)).status, 405);
  assert.equal((await redeem(app, client, code)).status, 303);
});
