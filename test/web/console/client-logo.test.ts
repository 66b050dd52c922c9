import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { png, WEBP } from '../../harness/images.ts';
import { addClassicClient, addUser, PASSWORD } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { addSignedIn, leadsTo, upload } from './console.ts';

const app = await startApp();
const ada = await addSignedIn(app, 'ada');
const crm = await addClassicClient(app, 'My CRM');
const page = `/console/clients/${crm.id}`;
await addUser(app, 'anna', { numbers: ['+447700900001'] });

/** What the user sees when the application asks for access. */
async function consentPage(): Promise<string> {
  const query = { client_id: crm.id, response_type: 'code', redirect_uri: crm.redirectUri, scope: 'call' };
  const browser = new Browser(app.url);
  const form = { ...query, username: 'anna', password: PASSWORD };
  const answer = await browser.post('/auth/login', form, { accept: 'text/html' });
  const { text } =
    answer.location === '' ? answer : await browser.get(answer.location, { accept: 'text/html' });
  assert.match(text, /<h1>Allow My CRM\?<\/h1>/);
  return text;
}

test('an administrator uploads the logo of an application, and the consent page shows it', async () => {
  assert.doesNotMatch(await consentPage(), /<img/);
  assert.equal(leadsTo(await upload(app, ada, `${page}/logo`, WEBP.lossless)), `${page}?done=logo`);
  const { text } = await ada.open(`${page}?done=logo`);
  assert.match(text, /role="status">The logo is changed\./);
  const shown = /<p class="client-logo"><img src="([^"]+)" alt="" width="3" height="2"><\/p>/;
  const address = shown.exec(await consentPage())?.[1]?.replace('&#61;', '=') ?? '';
  const image = await request(app, 'GET', address);
  assert.equal(image.status, 200, address);
  assert.equal(image.headers.get('content-type'), 'image/webp');
  assert.equal(image.headers.get('x-content-type-options'), 'nosniff');
  assert.match(image.headers.get('cache-control') ?? '', /immutable/);

  assert.equal(leadsTo(await upload(app, ada, `${page}/logo`, png(20, 10))), `${page}?done=logo`);
  assert.match(await consentPage(), /width="20" height="10"/);
  assert.equal(leadsTo(await ada.send(`${page}/logo/remove`)), `${page}?done=logo`);
  assert.doesNotMatch(await consentPage(), /<img/);
  assert.equal((await request(app, 'GET', address)).status, 404);
  const acts = await app.sql(
    `SELECT action, details FROM audit_log WHERE client_id = $1 AND actor = 'administrator' ORDER BY id`,
    [crm.id],
  );
  assert.deepEqual(
    acts,
    [false, false, true].map((removed) => ({ action: 'clientLogoChanged', details: { removed } })),
  );
});

test('a file that is no image is refused on the page of the application', async () => {
  const answer = await upload(app, ada, `${page}/logo`, Buffer.from('<svg/>'));
  assert.equal(answer.status, 400);
  assert.match(answer.text, /<h1>My CRM<\/h1>/);
  assert.match(answer.text, /role="alert">The image must be a PNG, WebP or JPEG file\./);
});

test('the logo that an application registers by its address is neither fetched nor shown', async () => {
  await app.sql(
    `UPDATE clients SET metadata = metadata || '{"logo_uri": "https://crm.example/logo.png"}' WHERE id = $1`,
    [crm.id],
  );
  assert.doesNotMatch(await consentPage(), /<img|logo\.png/);
});

test('an application that a document describes has no logo, because it is not verified', async () => {
  const id = 'https://app.example/client.json';
  await app.sql(
    `INSERT INTO clients (id, name, metadata, registered_by) VALUES ($1, 'app.example', '{}', 'document')`,
    [id],
  );
  const path = `/console/clients/${encodeURIComponent(id)}`;
  assert.doesNotMatch((await ada.open(path)).text, /Logo on the consent page/);
  assert.equal((await upload(app, ada, `${path}/logo`, png(1, 1))).status, 409);
});

test('the logo goes with its application, and an unknown application has none', async () => {
  const other = await addClassicClient(app, 'Other');
  await upload(app, ada, `/console/clients/${other.id}/logo`, png(1, 1));
  await app.clients.removeClient(other.id, COMMAND_LINE);
  assert.deepEqual(await app.sql('SELECT client_id FROM client_logos WHERE client_id = $1', [other.id]), []);
  assert.equal((await upload(app, ada, '/console/clients/unknown/logo', png(1, 1))).status, 404);
});
