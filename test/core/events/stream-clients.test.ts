import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { EventSource } from 'eventsource';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { hurriedClock } from '../../harness/hurried-clock.ts';
import { addClassicClient, addModernClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { openCall, stopCall } from '../../web/classic/call.ts';
import { addPerson, authorize, configure, obtainTokens } from '../../web/oauth/modern-walk.ts';
import { EVENTS_PATH, requestStream, type ShownEvent, StreamReader } from './stream-reader.ts';

/** Answers, and stays connected until the call is ended. */
const PHONE = '+12025550100';
const LIFE = ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'];

const app = await startApp({ CARRIER: 'simulator' }, hurriedClock(100));
const shop = await addClassicClient(app, 'Shop');
await addUser(app, 'cleo');
const token = await classicToken(app, shop, 'cleo');

suite('scripts', () => {
  test('can read a stream with EventSource, which reconnects', async () => {
    const origin = 'https://app.example';
    const client = await addModernClient(app, { origins: [origin] });
    const anna = await addPerson(app, 'anna');
    const { access } = await obtainTokens(await configure(app, client), anna);
    const allowed: (string | null)[] = [];
    const resumedFrom: (string | undefined)[] = [];
    let lost: AbortController | undefined;
    const source = new EventSource(app.url + EVENTS_PATH, {
      fetch: async (url, init) => {
        lost = new AbortController();
        resumedFrom.push(init.headers['Last-Event-ID']);
        const signal = AbortSignal.any([lost.signal, init.signal as AbortSignal]);
        const headers = { ...init.headers, ...bearer(access), origin };
        const response = await fetch(url, { ...init, headers, signal });
        allowed.push(response.headers.get('access-control-allow-origin'));
        return response;
      },
    });
    afterFile(() => source.close());
    const seen: ShownEvent[] = [];
    for (const state of LIFE)
      source.addEventListener(state, ({ data }) => {
        seen.push(JSON.parse(data));
        if (state === 'connected') lost?.abort(new TypeError('the connection is lost'));
      });
    await once(source, 'open');
    const resumed = once(source, 'open');
    const call = await openCall(app, access, PHONE);
    await resumed;
    const ended = once(source, 'disconnected');
    await stopCall(app, access, call);
    await ended;
    assert.deepEqual(
      seen.map(({ data }) => data.state),
      LIFE,
    );
    assert.deepEqual(allowed, [origin, origin]);
    assert.deepEqual(resumedFrom, [undefined, '4']);
  });

  test('of other origins cannot read it', async () => {
    const reader = await requestStream(app, { ...bearer(token), origin: 'https://evil.example' });
    assert.equal(reader.response.headers.get('access-control-allow-origin'), null);
  });
});

test('a stream has the common headers, and those that prevent buffering by proxies', async () => {
  const { response } = await requestStream(app, { ...bearer(token), 'x-correlator': 'mine' });
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.equal(response.headers.get('x-correlator'), 'mine');
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(response.headers.get('x-accel-buffering'), 'no');
  assert.match(response.headers.get('cache-control') ?? '', /no-store.*no-transform/);
});

test('a DPoP-bound token can read a stream with its proof', async () => {
  const config = await configure(app, await addModernClient(app));
  const keys = await oauth.randomDPoPKeyPair('ES256');
  const bea = await addPerson(app, 'bea');
  const { callback, verifier } = await authorize(config, bea, { scope: 'call' });
  const DPoP = oauth.getDPoPHandle(config, keys);
  const checks = { pkceCodeVerifier: verifier };
  const { access_token: token } = await oauth.authorizationCodeGrant(config, callback, checks, undefined, {
    DPoP,
  });
  const address = new URL(app.url + EVENTS_PATH);
  const abort = new AbortController();
  const options = { DPoP, signal: abort.signal };
  const answer = await oauth.fetchProtectedResource(
    config,
    token,
    address,
    'GET',
    undefined,
    undefined,
    options,
  );
  assert.equal(answer.status, 200);
  const wide = await classicToken(app, shop, 'bea');
  const callId = await openCall(app, wide);
  await stopCall(app, wide, callId);
  const reader = new StreamReader(answer, abort);
  await reader.until(({ states }) => states.at(-1) === 'disconnected');
  assert.equal(reader.shown(-1).data.callId, callId);
  reader.close();
  assert.equal((await requestStream(app, bearer(token))).response.status, 401);
});
