import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { JPEG, png } from '../../harness/images.ts';
import { addClassicClient, addUser, PASSWORD } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { addSignedIn } from '../console/console.ts';
import { ROUTES } from '../entry/routes.ts';

const folder = mkdtempSync(join(tmpdir(), 'brand-'));
afterFile(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const LOGO = png(300, 100);
const HTML = { accept: 'text/html' };
const app = await startApp({
  BRAND_NAME: 'Smith & Sons',
  BRAND_LOGO: file('logo.svg', LOGO),
  BRAND_LOGO_DARK: file('dark', png(200, 100)),
  BRAND_FAVICON: file('icon', JPEG),
  BRAND_ACCENT: '#FFCC00',
  BRAND_SUPPORT: 'Help desk https://help.example.com/',
  BRAND_LEGAL: 'Privacy policy https://example.com/privacy, Call us tel:+12025550100',
});
const plain = await startApp();
const crm = await addClassicClient(app, 'My CRM');

/** The HTML with its character references resolved, to compare texts and addresses. */
const readable = (html: string) => html.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
const addressIn = (html: string, pattern: RegExp) => pattern.exec(readable(html))?.[1] ?? '';

suite('with a brand', () => {
  test('no page says ClickToCall, and every page has the name of the company', async () => {
    const ada = await addSignedIn(app, 'ada');
    await ada.browser.post('/sign-in', { username: 'ada', password: PASSWORD });
    const paths = [...ROUTES.anyone, ...ROUTES.user, ...ROUTES.console]
      .filter((route) => /^GET [^:*]+$/.test(route) && !/live$/.test(route))
      .map((route) => route.slice(4));
    let pages = 0;
    for (const path of [...paths, '/docs', '/nowhere', '/oauth/authorize?client_id=nobody']) {
      const answer = await ada.open(path);
      if (!answer.headers.get('content-type')?.startsWith('text/html')) continue;
      pages++;
      assert.doesNotMatch(answer.text, /ClickToCall/, path);
      assert.match(readable(answer.text), /<title>[^<]*Smith & Sons<\/title>/, path);
      assert.match(
        readable(answer.text),
        /<img src="\/assets\/brand\/logo\?v=[^>]* alt="Smith & Sons" width="300" height="100"/,
        path,
      );
    }
    assert.ok(pages > 25, `${pages} pages`);
  });

  test('the pages of the flow have it too: sign-in, consent, and the sign-out', async () => {
    await addUser(app, 'anna', { numbers: ['+447700900001'] });
    const browser = new Browser(app.url);
    const query = new URLSearchParams({
      client_id: crm.id,
      response_type: 'code',
      redirect_uri: crm.redirectUri,
      scope: 'call',
    });
    const signIn = await browser.get(`/auth/login?${query}`, HTML);
    const consent = await browser.post(
      `/auth/login?${query}`,
      { username: 'anna', password: PASSWORD },
      HTML,
    );
    const signOut = await browser.get('/auth/logout', HTML);
    for (const { text } of [
      signIn,
      consent.location === '' ? consent : await browser.get(consent.location, HTML),
      signOut,
    ])
      assert.match(readable(text), /<title>[^<]* · Smith & Sons<\/title>/);
    assert.match(readable(signOut.text), /signed out of Smith & Sons in this browser/);
  });

  test('authenticator apps and passkeys get the name of the company', async () => {
    const bea = await addSignedIn(app, 'bea');
    await bea.send('/console/security/totp/begin');
    const { text } = await bea.open('/console/security/totp');
    assert.match(readable(text), /otpauth:[^"]*issuer=Smith%20%26%20Sons%20localhost/);
    const options = await bea.send('/console/security/passkeys/options');
    assert.equal(options.json<{ rp: { name: string } }>().rp.name, 'Smith & Sons');
  });

  test('the images are served by their signature, under an address that changes with them', async () => {
    const { text } = await request(app, 'GET', '/sign-in', HTML);
    for (const [address, type] of [
      [addressIn(text, /<img src="([^"]+)"/), 'image/png'],
      [addressIn(text, /srcset="([^"]+)"/), 'image/png'],
      [addressIn(text, /<link rel="icon" href="([^"]+)"/), 'image/jpeg'],
    ] as const) {
      const image = await request(app, 'GET', address);
      assert.equal(image.status, 200, address);
      assert.equal(image.headers.get('content-type'), type);
      assert.equal(image.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(image.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      const stale = await request(app, 'GET', `${address}x`);
      assert.equal(stale.headers.get('cache-control'), 'no-cache');
      const etag = stale.headers.get('etag') ?? '';
      assert.equal((await request(app, 'GET', `${address}x`, { 'if-none-match': etag })).status, 304);
    }
    const logo = await fetch(app.url + addressIn(text, /<img src="([^"]+)"/));
    assert.deepEqual(Buffer.from(await logo.arrayBuffer()), LOGO);
    assert.equal((await request(app, 'GET', '/favicon.ico')).headers.get('content-type'), 'image/jpeg');
  });

  test('the colours are a style sheet of this server, darkened until text is readable', async () => {
    const { text, headers } = await request(app, 'GET', '/sign-in', HTML);
    assert.match(headers.get('content-security-policy') ?? '', /style-src 'self'; img-src 'self';/);
    const style = await request(app, 'GET', addressIn(text, /href="(\/assets\/brand\.css[^"]*)"/));
    assert.equal(style.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.match(style.text, /^:root \{ --accent: #8a6e00; --on-accent: #ffffff; \}$/m);
    assert.match(style.text, /dark\) \{\n:root \{ --accent: #ffcc00; --on-accent: #101615; \}/);
  });

  test('the support link and the legal links are at the end of the page', async () => {
    const { text } = await request(app, 'GET', '/sign-in', HTML);
    assert.match(
      text,
      /<footer><ul><li><a href="https:\/\/help\.example\.com\/">Help desk<\/a><\/li><li><a href="https:\/\/example\.com\/privacy">Privacy policy<\/a><\/li><li><a href="tel:\+12025550100">Call us<\/a><\/li><\/ul><\/footer>/,
    );
  });
});

suite('without a brand', () => {
  test('pages have the name and the icon of the product, and no footer', async () => {
    const { text } = await request(plain, 'GET', '/sign-in', HTML);
    assert.match(text, /<title>Sign in · ClickToCall<\/title>/);
    assert.match(text, /<a class="brand" href="\/">ClickToCall<\/a>/);
    assert.doesNotMatch(text, /<footer|brand\.css|<img/);
    const icon = await request(plain, 'GET', addressIn(text, /<link rel="icon" href="([^"]+)"/));
    assert.equal(icon.headers.get('content-type'), 'image/svg+xml');
    assert.equal((await request(plain, 'GET', '/favicon.ico')).headers.get('content-type'), 'image/svg+xml');
    for (const path of ['/assets/brand.css', '/assets/brand/logo', '/assets/brand/favicon'])
      assert.equal((await request(plain, 'GET', path)).status, 404, path);
  });
});
