import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addDemoClient, addUser, classicToken, PASSWORD } from '../../harness/people.ts';
import { FORM, request } from '../../platform/http/request.ts';
import { classicCode, parametersOf, redeem } from './flow.ts';

const app = await startApp();
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const other = await addClassicClient(app);
const demo = await addDemoClient(app);
await addUser(app, 'anna');
const [code, othersCode] = [await classicCode(app, demo, 'anna'), await classicCode(app, other, 'anna')];

const shown = async (query: string) => (await request(app, 'GET', `/test?${query}`)).json();
const shownInFragment = async (fragment: string) =>
  (await request(app, 'POST', '/test', FORM, fragment)).json();

suite('/test shows as JSON what a demo client received', () => {
  test('a code with its state, before and after it is redeemed', async () => {
    const answer = await request(app, 'GET', `/test?code=${code}&state=a%20b%26c`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    assert.deepEqual(answer.json(), { code, state: 'a b&c' });
    assert.equal((await redeem(app, demo, code)).status, 303);
    assert.deepEqual(await shown(`code=${code}`), { code });
  });

  test('the issuer, if it is this server', async () => {
    assert.deepEqual(await shown(`code=${code}&iss=${encodeURIComponent(app.url)}`), { code, iss: app.url });
    assert.deepEqual(await shown(`code=${code}&iss=https://other.example`), { code });
  });

  test('that the user denied access, as the flow reports it', async () => {
    const browser = new Browser(app.url);
    const parameters = parametersOf(demo, 'code', { state: 's' });
    await browser.post('/auth/login', { ...parameters, username: 'anna', password: PASSWORD });
    const refused = await browser.post('/auth/grant', { ...parameters, grant: 'false' });
    assert.deepEqual((await browser.get(refused.location)).json(), { error: 'access_denied' });
  });

  test('a token, which the script of the page sends from the fragment', async () => {
    const token = await classicToken(app, demo, 'anna');
    const fragment = `access_token=${token}&token_type=Bearer&expires_in=3600`;
    assert.deepEqual(await shownInFragment(fragment), {
      access_token: token,
      token_type: 'Bearer',
      expires_in: '3600',
    });
  });
});

suite('/test shows nothing else, for anyone can write a link to it', () => {
  const words = encodeURIComponent('Your account is locked. Call +44 7700 900000');
  const links: Readonly<Record<string, string>> = {
    'no parameters': '',
    'an unknown code': 'code=abc',
    'text in place of a code': `code=${words}`,
    'a code of a client that is no demo client': `code=${othersCode}`,
    'unknown parameters beside': `message=${words}`,
    'an unknown error': `error=${words}`,
    'a code twice': `code=${othersCode}&code=${code}`,
    'a state without a code': `state=${words}`,
    'an unknown code and a known token': `code=abc&access_token=${code}`,
  };
  for (const [what, query] of Object.entries(links)) {
    test(what, async () => {
      assert.deepEqual(await shown(query), {});
      assert.deepEqual(await shownInFragment(query), {});
    });
  }

  test('unknown parameters beside a code, and the description of an error', async () => {
    assert.deepEqual(await shown(`code=${code}&message=${words}`), { code });
    assert.deepEqual(await shown(`error=access_denied&error_description=${words}&state=${words}`), {
      error: 'access_denied',
    });
  });

  test('the token of another client', async () => {
    const token = await classicToken(app, other, 'anna');
    assert.deepEqual(await shownInFragment(`access_token=${token}&token_type=Bearer`), {});
  });

  test('markup in a page', async () => {
    const markup = encodeURIComponent('</pre><script>alert(1)</script>');
    const { text } = await request(app, 'GET', `/test?code=${code}&state=${markup}&${markup}=1`, HTML);
    assert.ok(!text.includes('<script>'), text);
    assert.equal(text.split('</pre>').length, 2);
  });
});

test('/test is a 404 in production, and without demo data', async () => {
  const production = await startNode(app, { NODE_ENV: 'production' });
  const without = await startApp();
  for (const { url } of [production, without]) {
    assert.equal((await request({ url }, 'GET', `/test?code=${code}`)).status, 404);
    assert.equal((await request({ url }, 'GET', `/test?code=${code}`, HTML)).status, 404);
    assert.equal((await request({ url }, 'POST', '/test', FORM, `code=${code}`)).status, 404);
  }
});

for (const headers of [{ accept: 'application/json' }, HTML]) {
  test(`/test is neither stored nor told to other sites, as ${headers.accept.split(',')[0]}`, async () => {
    const answer = await request(app, 'GET', `/test?code=${code}`, headers);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
  });
}

test('/test shows a browser a page with one external script, the only kind its policy allows', async () => {
  const answer = await request(app, 'GET', `/test?code=${code}`, HTML);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html; charset=utf-8/);
  const policy = answer.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /connect-src 'self'(;|$)/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  const scripts = answer.text.match(/<script[^>]*>[^<]*/g) ?? [];
  assert.equal(scripts.length, 1);
  assert.match(scripts[0] ?? '', /^<script src="\/assets\/show-fragment\.js\?v(?:=|&#61;)[\w-]{8}" defer>$/);
  assert.doesNotMatch(answer.text, / on[a-z]+=/i);
  assert.ok(answer.text.includes(code));
});

test('/assets/show-fragment.js is JavaScript', async () => {
  const answer = await request(app, 'GET', '/assets/show-fragment.js');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.match(answer.text, /location\.hash/);
});
