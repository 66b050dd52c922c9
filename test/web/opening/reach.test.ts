import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CallEnded, CallNotFound } from '../../../src/core/calls/call-errors.ts';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, bearer, classicToken } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { addCaller, tokenFor } from '../callers.ts';
import { assertRefused, callIdOf, MODERN_APIS, type OpeningApi, post } from './apis.ts';

/** Which calls a token reaches. */

const app = await startApp();
const [client, otherClient] = [await addModernClient(app), await addModernClient(app)];
const [anna, bob] = [await addCaller(app, 'anna'), await addCaller(app, 'bob')];
const token = await tokenFor(app, client, anna);
const othersToken = await tokenFor(app, otherClient, anna);
const bobs = await tokenFor(app, client, bob);
const scopes = ['calls:create', 'calls:read', 'calls:delete', 'recordings:read'];
const narrow = await tokenFor(app, client, anna, scopes.map((name) => `click-to-dial:${name}`).join(' '));

async function open(api: OpeningApi, presented: string): Promise<string> {
  return callIdOf(await post(app, api, presented));
}

function ask(api: OpeningApi, method: string, presented: string, path: string): Promise<Answer> {
  return request(app, method, `${api.path}/${path}`, bearer(presented));
}

/** All requests about one call; the end comes last. */
async function askAll(api: OpeningApi, presented: string, id: string): Promise<Answer[]> {
  const reading = [await ask(api, 'GET', presented, id), await ask(api, 'GET', presented, `${id}/recording`)];
  const renewing = api.errorStyle === 'problem' ? [await ask(api, 'POST', presented, `${id}/renew`)] : [];
  return [...reading, ...renewing, await ask(api, 'DELETE', presented, id)];
}

async function assertState(id: string, state: string): Promise<void> {
  assert.deepEqual(await app.sql('SELECT state FROM calls WHERE id = $1', [id]), [{ state }]);
}

for (const api of MODERN_APIS) {
  suite(api.title, () => {
    test('a narrow token sees and ends the calls that its client opened, also by another token', async () => {
      const id = await open(api, token);
      assert.equal((await ask(api, 'GET', narrow, id)).status, 200);
      assert.equal((await ask(api, 'DELETE', narrow, id)).status, 204);
      await assertState(id, 'disconnected');
      assert.equal((await ask(api, 'GET', narrow, id)).status, 200);
      const again = await ask(api, 'DELETE', narrow, id);
      if (api.errorStyle === 'camara') assertRefused(api, again, CallEnded);
      else assert.equal(again.status, 204);
    });

    test('a narrow token does not reach the user’s other calls, ongoing or ended', async () => {
      const id = await open(api, othersToken);
      for (const answer of await askAll(api, narrow, id)) assertRefused(api, answer, CallNotFound);
      await assertState(id, 'connected');
      assert.equal((await ask(api, 'DELETE', othersToken, id)).status, 204);
      for (const answer of await askAll(api, narrow, id)) assertRefused(api, answer, CallNotFound);
    });

    test('a token with scope call sees and ends the user’s calls of other clients, classic ones too', async () => {
      const classic = await classicToken(app, await addClassicClient(app), 'anna');
      for (const opener of [othersToken, classic]) {
        const id = await open(api, opener);
        assert.equal((await ask(api, 'GET', token, id)).status, 200);
        assert.equal((await ask(api, 'DELETE', token, id)).status, 204);
        await assertState(id, 'disconnected');
      }
    });

    test('another user’s call is not found with any scope, by the same client either, and stays ongoing', async () => {
      const id = await open(api, bobs);
      for (const presented of [token, narrow, othersToken])
        for (const answer of await askAll(api, presented, id)) assertRefused(api, answer, CallNotFound);
      await assertState(id, 'connected');
    });

    test('another user’s call and an unknown one get the same response', async () => {
      const id = await open(api, bobs);
      const unknown = '0'.repeat(32);
      const [theirs, none] = [await askAll(api, token, id), await askAll(api, token, unknown)];
      assert.deepEqual(
        theirs.map(({ text }) => text.replaceAll(id, unknown)),
        none.map(({ text }) => text),
      );
    });
  });
}
