import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { request } from '../../platform/http/request.ts';

const app = await startApp();
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

suite('/test', () => {
  test('shows what it got in the query as JSON', async () => {
    const answer = await request(app, 'GET', '/test?code=abc&state=a%20b%26c');
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    assert.deepEqual(answer.json(), { code: 'abc', state: 'a b&c' });
  });

  test('shows an empty object for no query', async () => {
    assert.deepEqual((await request(app, 'GET', '/test')).json(), {});
  });

  for (const headers of [{ accept: 'application/json' }, HTML]) {
    test(`is neither stored nor told to other sites, as ${headers.accept.split(',')[0]}`, async () => {
      const answer = await request(app, 'GET', '/test?code=abc', headers);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    });
  }

  test('shows a browser the query in a page with one external script, the only kind its policy allows', async () => {
    const answer = await request(app, 'GET', '/test?code=abc', HTML);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html; charset=utf-8/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    const scripts = answer.text.match(/<script[^>]*>[^<]*/g) ?? [];
    assert.equal(scripts.length, 1);
    assert.match(
      scripts[0] ?? '',
      /^<script src="\/assets\/show-fragment\.js\?v(?:=|&#61;)[\w-]{8}" defer>$/,
    );
    assert.doesNotMatch(answer.text, / on[a-z]+=/i);
    assert.match(answer.text, /<pre id="received">\{\s*&#34;code&#34;: &#34;abc&#34;\s*\}|&quot;code&quot;/);
  });

  test('serves that script as JavaScript', async () => {
    const answer = await request(app, 'GET', '/assets/show-fragment.js');
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(answer.text, /location\.hash/);
  });

  test('shows markup in the query as text', async () => {
    const markup = encodeURIComponent('</pre><script>alert(1)</script>');
    const answer = await request(app, 'GET', `/test?code=${markup}&${markup}=1`, HTML);
    assert.ok(!answer.text.includes('<script>'), answer.text);
    assert.equal(answer.text.split('</pre>').length, 2);
  });
});
