import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { JPEG, png } from '../../harness/images.ts';
import { until } from '../../harness/until.ts';
import { request } from '../../platform/http/request.ts';
import { addSignedIn, fieldValue, leadsTo, SENDS_FORM, upload } from './console.ts';

const app = await startApp();
const ada = await addSignedIn(app, 'ada');
const HTML = { accept: 'text/html' };
const BRAND = '/console/brand';
const FORM = {
  name: 'Smith & Sons',
  accent: '#FFCC00',
  accent_dark: '',
  support_text: 'Help desk',
  support_url: 'mailto:help@example.com',
  legal: 'Privacy policy https://example.com/privacy\r\n\r\nLegal notice https://example.com/legal',
};
const SAVED = '/console/brand?done=saved';

const signInPage = async (node = app) => (await request(node, 'GET', '/sign-in', HTML)).text;

const lastAct = async () =>
  (
    await app.sql<{ actor: string; action: string; details: unknown }>(
      'SELECT actor, action, details FROM audit_log ORDER BY id DESC LIMIT 1',
    )
  )[0];

suite('the form', () => {
  test('sets name, colours and links, which all pages show at once', async () => {
    assert.equal(leadsTo(await ada.send(BRAND, FORM)), SAVED);
    const { text } = await ada.open(SAVED);
    assert.match(text, /role="status">The brand is saved\./);
    assert.match(text, /In light mode, #ffcc00 is darkened to #8a6e00 so that text stays readable\./);
    assert.equal(fieldValue(text, 'accent'), '#ffcc00');
    const page = await signInPage();
    assert.match(page, /<title>Sign in · Smith &#38; Sons</);
    assert.match(page, /brand\.css/);
    assert.match(page, /<footer>.*Help desk.*Privacy policy.*Legal notice/);
    assert.deepEqual(await lastAct(), {
      actor: 'administrator',
      action: 'brandChanged',
      details: { changed: ['name', 'accent', 'support', 'legal'] },
    });
  });

  test('records only what changed, and nothing without a change', async () => {
    await ada.send(BRAND, { ...FORM, accent_dark: '#66d6bf' });
    assert.deepEqual((await lastAct())?.details, { changed: ['accentDark'] });
    const [before] = await app.sql('SELECT count(*) FROM audit_log');
    await ada.send(BRAND, { ...FORM, accent_dark: '#66d6bf' });
    assert.deepEqual((await app.sql('SELECT count(*) FROM audit_log'))[0], before);
  });

  for (const [title, change, message] of [
    ['a name with a control character', { name: 'a\u202eb' }, /The name must not contain control characters/],
    ['a name that is too long', { name: 'x'.repeat(101) }, /The name must have 1 to 100 characters/],
    ['a colour by name', { accent: 'teal' }, /The accent colour must be # and six hexadecimal digits/],
    ['a short colour', { accent_dark: '#fff' }, /The accent colour for dark mode must be # and six/],
    [
      'a link that runs a script',
      { support_url: 'javascript:alert(1)' },
      /The address of the support link must begin with/,
    ],
    ['a link with spaces', { support_url: 'tel:+1 202 555 0100' }, /support link must .* without spaces/],
    ['a link without a text', { support_text: '' }, /The text of the support link must have 1 to 100/],
    [
      'a legal link without an address',
      { legal: 'Privacy' },
      /A legal link must be its text and its address/,
    ],
    [
      'too many legal links',
      { legal: 'A https://a.example\n'.repeat(7) },
      /There must be at most 6 legal links/,
    ],
  ] as const) {
    test(`refuses ${title}, and keeps what was typed`, async () => {
      const typed = { ...FORM, name: 'Typed & Sons', ...change };
      const answer = await ada.send(BRAND, typed);
      assert.equal(answer.status, 400);
      assert.match(answer.text, message);
      assert.equal(fieldValue(answer.text, 'name'), typed.name);
      assert.equal(fieldValue(answer.text, 'accent'), typed.accent);
      assert.match(await signInPage(), /Smith &#38; Sons/);
    });
  }
});

suite('an image', () => {
  test('is shown by its signature, whatever its name says, and can be removed', async () => {
    assert.equal(leadsTo(await upload(app, ada, `${BRAND}/images/logo`, png(200, 50))), SAVED);
    assert.equal(leadsTo(await upload(app, ada, `${BRAND}/images/logoDark`, png(100, 50))), SAVED);
    assert.equal(leadsTo(await upload(app, ada, `${BRAND}/images/favicon`, JPEG)), SAVED);
    assert.deepEqual((await lastAct())?.details, { changed: ['favicon'] });
    const page = await signInPage();
    assert.match(page, /<source media="\(prefers-color-scheme: dark\)" srcset="\/assets\/brand\/logo-dark/);
    assert.match(page, /<img [^>]*alt="Smith &#38; Sons" width="200" height="50">/);
    assert.equal((await request(app, 'GET', '/favicon.ico')).headers.get('content-type'), 'image/jpeg');

    assert.equal(leadsTo(await ada.send(`${BRAND}/images/logo/remove`)), SAVED);
    assert.doesNotMatch(await signInPage(), /<img/);
    assert.equal((await request(app, 'GET', '/assets/brand/logo')).status, 404);
  });

  for (const [title, content, message] of [
    [
      'an SVG',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      /Logo: The image must be a PNG, WebP or JPEG file/,
    ],
    ['513 pixels', png(513, 10), /at most 512 pixels wide and high; this one has 513 × 10/],
    ['more than 64 kB', png(10, 10, 70_000), /at most 64 kB in size; this one has 69 kB/],
    ['more than a megabyte', png(10, 10, 2_000_000), /at most 64 kB in size/],
    ['no file', Buffer.alloc(0), /Choose an image first/],
  ] as const) {
    test(`refuses ${title}, and says so above the form`, async () => {
      const answer = await upload(app, ada, `${BRAND}/images/logo`, content);
      assert.ok(answer.status === 400 || answer.status === 413, `${answer.status}`);
      assert.match(answer.text, message);
      assert.match(answer.text, /<h1>Brand<\/h1>/);
      assert.doesNotMatch(await signInPage(), /<img/);
    });
  }

  test('refuses a form of another site, a stranger, and what is no form', async () => {
    const path = `${BRAND}/images/logo`;
    assert.equal(
      (await upload(app, ada, path, png(1, 1), { ...SENDS_FORM, 'sec-fetch-site': 'cross-site' })).status,
      403,
    );
    assert.equal(
      (await request(app, 'POST', path, { 'content-type': 'multipart/form-data; boundary=x' }, '--x')).status,
      303,
    );
    assert.equal((await ada.send(`${BRAND}/images/banner/remove`)).status, 400);
    const broken = await ada.browser.send(
      'POST',
      path,
      {},
      { ...SENDS_FORM, 'content-type': 'multipart/form-data; boundary=x' },
    );
    assert.equal(broken.status, 400);
    assert.match(broken.text, /The form cannot be read/);
  });
});

test('another node shows a change within seconds', async () => {
  const other = await startNode(app);
  await ada.send(BRAND, { ...FORM, name: 'Renamed Ltd' });
  assert.match(await signInPage(), /Renamed Ltd/);
  await until('the other node shows it', async () => (await signInPage(other)).includes('Renamed Ltd'));
});

test('what the configuration sets, the console shows and does not change', async () => {
  const node = await startNode(app, {
    BRAND_NAME: 'Configured',
    BRAND_LEGAL: 'Imprint https://example.com/imprint',
  });
  const bert = await addSignedIn(node, 'bert');
  const { text } = await bert.open(BRAND);
  assert.match(text, /name="name" type="text"[^>]*value="Configured"[^>]* disabled>/);
  assert.match(text, /The configuration of the server sets this \(BRAND_LEGAL\)/);
  const refused = await bert.send(BRAND, { accent: 'teal' }); // browsers do not submit fixed fields
  assert.equal(refused.status, 400);
  assert.equal(fieldValue(refused.text, 'name'), 'Configured');
  assert.equal(leadsTo(await bert.send(BRAND, { ...FORM, name: 'Other', accent: '#112233' })), SAVED);
  const page = await signInPage(node);
  assert.match(page, /<title>Sign in · Configured</);
  assert.match(page, /Imprint/);
  const [row] = await app.sql('SELECT name, accent FROM brand');
  assert.deepEqual(row, { name: 'Renamed Ltd', accent: '#112233' });
});
