import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { png } from '../../harness/images.ts';
import { request } from '../../platform/http/request.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const administrator = await addAdministrator(app);
const NO_BRAND = {
  ...{ name: null, accent: null, accentDark: null, support: null, legal: [] },
  ...{ shownAccent: null, shownAccentDark: null, logo: null, logoDark: null, favicon: null, fixed: [] },
};
const support = { text: 'Help desk', url: 'mailto:help@example.com' };

test('the API shows the brand, and replaces only what is given', async () => {
  assert.deepEqual((await administrator.send('GET', '/admin/brand')).json(), NO_BRAND);
  const set = await administrator.send('PUT', '/admin/brand', { name: 'Smith & Sons', accent: '#FFCC00' });
  const expected = { ...NO_BRAND, name: 'Smith & Sons', accent: '#ffcc00' };
  const accents = { shownAccent: '#8a6e00', shownAccentDark: '#ffcc00' };
  assert.deepEqual(set.json(), { ...expected, ...accents });
  const further = await administrator.send('PUT', '/admin/brand', { support, accent: null });
  assert.deepEqual(further.json(), { ...NO_BRAND, name: 'Smith & Sons', support });
});

test('an image is sent in base64, up to the greatest size, and removed with null', async () => {
  const path = '/admin/brand/images/logo';
  const padding = 64 * 1024 - png(1, 1).length - 12;
  const content = png(1, 1, padding).toString('base64');
  const { logo } = (await administrator.send('PUT', path, { content })).json<{ logo: string }>();
  assert.match(logo, /^http:\/\/localhost:\d+\/assets\/brand\/logo\?v=/);
  assert.equal((await fetch(logo)).headers.get('content-length'), String(64 * 1024));
  const large = await administrator.send('PUT', path, { content: png(1, 1, padding + 1).toString('base64') });
  assert.match(large.text, /The image must be at most 64 kB in size; this one has 65 kB/);
  const removed = await administrator.send('PUT', path, { content: null });
  assert.equal(removed.json<{ logo: unknown }>().logo, null);
});

test('what the configuration sets is shown, and a change of it is refused', async () => {
  const node = await startNode(app, { BRAND_NAME: 'Configured' });
  const headers = { authorization: `Bearer ${administrator.token}`, 'content-type': 'application/json' };
  const send = (method: string, body?: object) =>
    request(node, method, '/admin/brand', headers, body && JSON.stringify(body));
  const shown = (await send('GET')).json<{ name: string; fixed: string[] }>();
  assert.deepEqual([shown.name, shown.fixed], ['Configured', ['name']]);
  const refused = await send('PUT', { accent: '#0b6253', name: 'Other' });
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.json(), {
    error: 'invalid_input',
    message: 'The configuration of the server sets name. Change it there.',
    field: 'name',
  });
  assert.equal((await send('GET')).json<{ accent: unknown }>().accent, null);
});
