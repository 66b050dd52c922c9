import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { findNameProblem } from '../../src/core/clients/client-name.ts';
import { replaceQuotationMarks } from '../../src/web/oauth/provider/described-metadata.ts';
import { launchChromium, type Visit, visit } from '../browser/chromium.ts';
import { startApp } from '../harness/app.ts';
import { addUser, MODERN_REDIRECT_URI, PASSWORD } from '../harness/people.ts';
import { parametersOf, withQuery } from '../web/classic/flow.ts';
import { enterConsole } from '../web/console/console-browser.ts';
import { acceptDocumentsOf, startDocumentHost } from '../web/oauth/document-host.ts';
import { record, times } from './campaign.ts';
import { hostileStrings } from './hostile-strings.ts';
import { makeWorld } from './hostile-world.ts';

/** Number of texts at a time, and how many of them have each of their own pages checked. */
const AT_ONCE = 25;
const LOOKED_AT = 3;
const STRINGS = hostileStrings(times(AT_ONCE, 500));

const documents = await startDocumentHost();
const app = await startApp(acceptDocumentsOf(documents));
await addUser(app, 'anna', { limit: 100, numbers: ['+447700900001'] });
const browser = await launchChromium();
const administrator = await enterConsole(browser, app, 'ada');
const person = await visit(browser);
await person.page.goto(`${app.url}/sign-in`);
await person.page.getByLabel('User name').fill('anna');
await person.page.getByLabel('Password').fill(PASSWORD);
await person.page.getByRole('button', { name: 'Sign in' }).click();
await person.page.waitForURL('**/account');
const stranger = await visit(browser);
const world = await makeWorld(app, AT_ONCE, { owner: 'anna', administrator: 'ada' });

/** What happened that must not. */
const happened: string[] = [];
for (const { page } of [administrator, person, stranger]) await watch(page);
let opened = 0;

async function watch(page: Page): Promise<void> {
  page.on('dialog', (dialog) => {
    happened.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', (popup) => happened.push(`a window: ${popup.url()}`));
  await page.context().route(
    (url) => url.origin !== app.url,
    (route) => {
      happened.push(`a request: ${route.request().url()}`);
      return route.abort();
    },
  );
}

/** What a text can turn into, where it is markup: nothing of the kind is on a page of ours. */
const FOREIGN =
  'iframe, object, embed, img, svg:not(.chart svg), video, audio, base, meta[http-equiv], math, template, style, [style], script:not([src^="/"]), link:not([href^="/"]), [href^="javascript:" i], [formaction], [action^="http"], [srcdoc], x-y, b, [hx-on\\:htmx\\:load], [hx-trigger="load"], [hx-get^="http"], [data-hx-get], [hx-vals], [onload], [onerror], [onfocus], [onmouseover], [onclick]';

interface Seen {
  readonly hit: unknown;
  readonly shown: string;
  readonly foreign: readonly string[];
}

/** @param texts that the page shows as they are: in its content, or in the fields of its forms */
async function look({ page, complaints }: Visit, path: string, texts: readonly string[] = []): Promise<void> {
  const before = complaints.length;
  await page.goto(app.url + path);
  const { hit, shown, foreign } = await page.evaluate<Seen>(`({
    hit: globalThis.hit,
    shown: document.title + document.body.textContent + [...document.querySelectorAll('input')].map((field) => field.value).join(),
    foreign: [...document.querySelectorAll(${JSON.stringify(FOREIGN)})].map((element) => element.outerHTML.slice(0, 200)),
  })`);
  opened++;
  assert.deepEqual({ hit, foreign, happened }, { hit: undefined, foreign: [], happened: [] }, path);
  const further = complaints.slice(before).filter((text) => !/status of 4\d\d/.test(text));
  assert.deepEqual(further, [], path);
  for (const text of texts) {
    const read = text.replace(/\r\n?/g, '\n');
    assert.ok(
      shown.includes(read),
      `${path} does not show ${JSON.stringify(text)}, but ${shown.slice(0, 3000)}`,
    );
  }
}

async function lookAtLists(texts: readonly string[], names: readonly string[]): Promise<void> {
  const [first = ''] = texts;
  const owner = `${first.slice(0, 60)}·owner`;
  await look(person, '/account', [owner]);
  await look(person, '/account/history', [owner, ...texts]);
  await look(person, '/account/applications', texts);
  await look(person, '/account/security', [owner]);
  await look(administrator, '/console', [owner]);
  await look(administrator, '/console/calls', [owner]);
  await look(administrator, '/console/users', names);
  await look(administrator, '/console/clients', texts);
  await look(administrator, '/console/audit-log', texts);
  await look(administrator, '/console/security', [first]);
}

async function lookAtOne(text: string, name: string, place: number): Promise<void> {
  const user = `/console/users/${encodeURIComponent(name)}`;
  const [client, call, webhook] = [world.clients[place], world.calls[place], world.webhooks[place]];
  await look(administrator, user, [name]);
  await look(administrator, `${user}/data`, [name]);
  await look(administrator, `${user}/disable`, [name]);
  await look(administrator, `/console/clients/${client}`, [text]);
  await look(administrator, `/console/clients/${client}/remove`, [text]);
  await look(administrator, `/console/calls/${call}`, [text]);
  await look(administrator, `/console/calls/${call}/end`);
  await look(administrator, `/console/webhooks/${webhook}`, [text]);
  const asks = world.asking[place];
  if (asks) {
    await look(person, withQuery('/auth/grant', parametersOf(asks, 'code')), [text]);
    await look(stranger, withQuery('/auth/login', parametersOf(asks, 'code', { state: text })), [text]);
  }
  await lookAtDocument(text, place);
}

/** The consent page of an application that a document describes, and the sign-in before it; or the refusal of the document. */
async function lookAtDocument(text: string, place: number): Promise<void> {
  const name = text.trim().slice(0, 100);
  const own = documents.publish(`/${opened}/${place}.json`, { client_name: name });
  const address = documents.publish(`/${encodeURIComponent(text).slice(0, 100)}/${opened}.json`);
  const shows = findNameProblem(name) === undefined ? [`“${replaceQuotationMarks(name)}”`] : [];
  for (const [clientId, texts] of [
    [own, shows],
    [address, []],
  ] as const) {
    const path = `/oauth/authorize?${authorizationOf(clientId)}`;
    await look(person, path, texts);
    await look(stranger, path, texts);
  }
}

function authorizationOf(clientId: string): URLSearchParams {
  return new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: MODERN_REDIRECT_URI,
    scope: 'call',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
}

/** Pages that repeat what an address holds, or say what is wrong with it. */
async function lookAtAddresses(text: string): Promise<void> {
  const said = encodeURIComponent(text);
  for (const path of [
    `/sign-in?return_to=${said}`,
    `/auth/login?client_id=${said}&redirect_uri=${said}&scope=${said}`,
  ])
    await look(stranger, path);
  for (const path of [`/test?code=${said}&error=${said}`, `/oauth/authorize?client_id=${said}`, `/${said}`])
    await look(stranger, path);
  await look(person, `/account/history?application=${said}&outcome=${said}&from=${said}&done=${said}`);
  await look(administrator, `/console/audit-log?actor=${said}&user=${said}&client=${said}&from=${said}`);
  await look(administrator, `/console/calls?user=${said}&client=${said}&callee=${said}&page_token=${said}`);
  await look(administrator, `/console/users?name=${said}&done=${said}`);
}

test(`all pages show ${STRINGS.length} hostile texts as text`, async () => {
  for (let from = 0; from < STRINGS.length; from += AT_ONCE) {
    const texts = STRINGS.slice(from, from + AT_ONCE);
    const names = await world.fill(texts);
    await lookAtLists(texts, names);
    const step = Math.ceil(texts.length / LOOKED_AT);
    for (let place = 0; place < texts.length; place += step) {
      await lookAtOne(texts[place] ?? '', names[place] ?? '', place);
      await lookAtAddresses(texts[place] ?? '');
    }
  }
  record({
    invariant: 'Input of others is shown as text',
    tried: `${STRINGS.length} hostile texts in names, references, metadata, addresses and details, on ${opened} pages in Chromium`,
    found: 'no script, no dialog, no request to other sites, no violation of the content security policy',
  });
});
