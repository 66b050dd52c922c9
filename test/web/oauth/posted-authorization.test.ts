import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addModernClient } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import {
  addPerson,
  authorizationUrl,
  configure,
  OPENS_PAGE,
  pushedAuthorizationUrl,
  redeem,
  walk,
} from './modern-walk.ts';

const app = await startApp();
const config = await configure(app, await addModernClient(app));

/** Sends an authorization request as a form of the application's site does: without the session cookie. */
const post = (parameters: URLSearchParams | string, headers: Record<string, string> = {}): Promise<Answer> =>
  request(
    app,
    'POST',
    '/oauth/authorize',
    {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'https://app.example',
      'sec-fetch-site': 'cross-site',
      ...headers,
    },
    String(parameters),
  );

suite('an authorization request by POST (OpenID Connect Core section 3.1.2.1)', () => {
  test('is redirected to the same request by GET, which leads to a code', async () => {
    const anna = await addPerson(app, 'anna');
    const state = 'a b&c=d/é#+%';
    const { url } = await authorizationUrl(config, { scope: 'openid call', nonce: 'n', state });
    const answer = await post(url.searchParams);
    assert.equal(answer.status, 303);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('cross-origin-opener-policy'), 'unsafe-none');
    assert.deepEqual(answer.headers.getSetCookie(), []);
    const location = new URL(answer.location);
    assert.equal(location.origin + location.pathname, `${app.url}/oauth/authorize`);
    assert.deepEqual([...location.searchParams], [...url.searchParams]);

    const { callback, prompts } = await walk(anna, answer.location);
    assert.deepEqual(prompts, ['login', 'consent']);
    assert.equal(callback.searchParams.get('state'), state);
    assert.ok(callback.searchParams.has('code'));

    const { url: silent } = await authorizationUrl(config, { prompt: 'none' });
    const again = await anna.browser.get((await post(silent.searchParams)).location);
    assert.match(again.location, /[?&]code=/);
  });

  test('may name a pushed request', async () => {
    const bert = await addPerson(app, 'bert');
    const { url, verifier } = await pushedAuthorizationUrl(config);
    const { location } = await post(url.searchParams);
    const walked = await walk(bert, location);
    assert.ok((await redeem(config, { ...walked, verifier })).access);
  });

  test('reads its parameters from the body alone', async () => {
    const { url } = await authorizationUrl(config);
    const answer = await request(
      app,
      'POST',
      `/oauth/authorize?${url.searchParams}`,
      { 'content-type': 'application/x-www-form-urlencoded' },
      'client_id=other',
    );
    assert.equal(answer.location, `${app.url}/oauth/authorize?client_id=other`);
  });

  test('with a parameter twice gets the error that GET gets', async () => {
    const { url } = await authorizationUrl(config, { state: 'abc' });
    url.searchParams.append('scope', 'openid');
    const browser = new Browser(app.url);
    const [byPost, byGet] = [
      await browser.get((await post(url.searchParams)).location),
      await browser.get(url.href),
    ].map(({ status, location }) => ({ status, location }));
    assert.deepEqual(byPost, byGet);
    const response = Object.fromEntries(new URL(byPost?.location ?? '').searchParams);
    assert.deepEqual(response, {
      error: 'invalid_request',
      error_description: "'scope' parameter must not be provided twice",
      state: 'abc',
      iss: app.url,
    });
  });

  test('without anything is redirected to the error of GET', async () => {
    const { location } = await post('');
    const answer = await new Browser(app.url).get(location);
    assert.equal(answer.status, 400);
    assert.equal(answer.json()['error'], 'invalid_request');
  });
});

suite('an authorization request by POST is refused, with a page for people and JSON for programs,', async () => {
  const { url } = await authorizationUrl(config);
  const withMany = new URLSearchParams(url.searchParams);
  for (let n = 0; n < 45; n++) withMany.append(`p${n}`, '');
  const withLong = new URLSearchParams(url.searchParams);
  withLong.set('state', 'é'.repeat(1_400));
  const cases: Record<string, readonly [string, Record<string, string>, number, RegExp]> = {
    'with more than 50 parameters': [String(withMany), {}, 400, /must have at most 50 parameters/],
    'with 50 of one name': ['scope=call&'.repeat(51), {}, 400, /must have at most 50 parameters/],
    'that is too long for an address': [String(withLong), {}, 400, /at most 8000 characters/],
    'as JSON': [
      '{"client_id":"x"}',
      { 'content-type': 'application/json' },
      415,
      /content type of the body must be application\/x-www-form-urlencoded\./,
    ],
    'with a body of more than 64 KiB': ['x'.repeat(70_000), {}, 413, /64 KiB/],
  };
  for (const [what, [body, headers, status, message]] of Object.entries(cases)) {
    test(what, async () => {
      const answer = await post(body, headers);
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.location, '');
      assert.equal(answer.json()['error'], 'invalid_request');
      assert.match(String(answer.json()['error_description']), message);
      assert.equal(answer.headers.get('cross-origin-opener-policy'), 'unsafe-none');

      const page = await post(body, { ...OPENS_PAGE, ...headers });
      assert.equal(page.status, status);
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
      assert.match(page.text, message);
      assert.match(page.text, /<h1>The application sent an invalid request<\/h1>/);
    });
  }

  test('with a parameter that is too long, after the redirect', async () => {
    const long = new URLSearchParams(url.searchParams);
    long.set('state', 'x'.repeat(2_049));
    const answer = await new Browser(app.url).get((await post(long)).location);
    assert.equal(answer.status, 400);
    assert.match(String(answer.json()['error_description']), /state must have at most 2048 characters/);
  });

  test('by other methods', async () => {
    const answer = await request(app, 'PUT', '/oauth/authorize');
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get('allow'), 'GET, POST');
  });
});
