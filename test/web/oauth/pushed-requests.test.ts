import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addPerson,
  age,
  callStatus,
  configure,
  pushedAuthorizationUrl,
  redeem,
  walk,
} from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const config = await configure(app, await addModernClient(app));

const push = (parameters: Record<string, string> = {}) => pushedAuthorizationUrl(config, parameters);

test('a pushed request leads through sign-in and consent to a token', async () => {
  const newcomer = await addPerson(app, 'newcomer');
  const { url, verifier } = await push();
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const { callback, prompts } = await walk(newcomer, url);
  assert.deepEqual(prompts, ['login', 'consent']);
  assert.equal(await callStatus(app, (await redeem(config, { callback, verifier })).access), 200);
});

test('a request_uri works once', async () => {
  const { url, verifier } = await push();
  const { callback } = await walk(anna, url);
  await redeem(config, { callback, verifier });

  const again = await anna.browser.follow(url.href);
  assert.doesNotMatch(again.location, /code=/);
  assert.match(again.location + again.text, /invalid_request_uri/);
});

test('simultaneous uses of a request_uri return one code', async () => {
  await walk(anna, (await push()).url);
  for (let round = 0; round < 10; round++) {
    const { url } = await push();
    const answers = await Promise.all(Array.from({ length: 5 }, () => anna.browser.get(url.href)));
    const codes = answers.filter(({ location }) => /[?&]code=/.test(location));
    assert.ok(codes.length <= 1, `round ${round}: ${codes.length} codes`);
  }
});

test('a request_uri works for a minute', async () => {
  const { url } = await push();
  await age(app, 'PushedAuthorizationRequest', 61);
  const answer = await anna.browser.follow(url.href);
  assert.doesNotMatch(answer.location, /code=/);
  assert.match(answer.location + answer.text, /invalid_request_uri/);
});

test("a client cannot use another client's request_uri", async () => {
  const other = await addModernClient(app);
  const { url } = await push();
  url.searchParams.set('client_id', other.client.id);
  const answer = await anna.browser.follow(url.href);
  assert.doesNotMatch(answer.location, /code=/);
  assert.match(answer.location + answer.text, /invalid_request/);
});

test('what is pushed is checked when it is pushed: PKCE, redirect URI, response type and mode', async () => {
  for (const wrong of [
    { code_challenge_method: 'plain' },
    { redirect_uri: 'https://evil.example/cb' },
    { response_type: 'none' },
    { response_mode: 'classic.token' },
    { response_mode: 'classic.code' },
  ]) {
    await assert.rejects(push(wrong), { status: 400 }, JSON.stringify(wrong));
  }
});

test('only a client that proves who it is can push', async () => {
  const id = config.clientMetadata().client_id;
  const impostor = new oauth.Configuration(
    config.serverMetadata(),
    id,
    undefined,
    oauth.ClientSecretBasic('wrong'),
  );
  oauth.allowInsecureRequests(impostor);
  await assert.rejects(oauth.buildAuthorizationUrlWithPAR(impostor, { scope: 'call' }), { status: 401 });
});
