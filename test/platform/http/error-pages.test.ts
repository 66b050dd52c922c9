import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { visitor } from '../../web/account/visitor.ts';
import { request } from './request.ts';

const app = await startApp();
const HTML = { accept: 'text/html' };

/** Addresses that people may open, with the status, the message and the advice. */
const pages: readonly (readonly [string, number, RegExp, RegExp])[] = [
  ['/nothing-here', 404, /There is nothing at this address/, /Check the address for typing errors/],
  ['/sign-out', 405, /Method not allowed\. Supported: POST\./, /one of the pages below/],
  ['/interaction/unknown', 400, /Start again/, /Nothing was changed/],
  [
    '/oauth/auth?client_id=x&response_type=code&redirect_uri=https://x.example/&scope=call',
    403,
    /No client with this client_id/,
    /Go back to the application/,
  ],
  ['/oauth/authorize?client_id=x', 400, /client is invalid \(invalid_client\)/, /Go back to the application/],
  ['/rest/call', 401, /access token is required/, /Applications use it with an access token/],
  ['/sign-in?return_to=//x.example', 400, /return_to must be \/account or a page below it/, /try again/],
];

for (const [path, status, happened, next] of pages) {
  test(`${path} says what happened and what to do next, with links`, async () => {
    const page = await request(app, 'GET', path, HTML);
    assert.equal(page.status, status);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(page.text, new RegExp(`role="alert">[^<]*${happened.source}`));
    assert.match(page.text, next);
    assert.match(page.text, /<a href="\/">Home<\/a>/);
    assert.match(page.text, /<a href="\/account">My account<\/a>/);
    assert.doesNotMatch(page.text, /<script/);
  });

  test(`${path} returns JSON to programs`, async () => {
    const answer = await request(app, 'GET', path);
    assert.equal(answer.status, status);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(typeof answer.json()['error'], 'string');
  });
}

test('input in an address is shown as text', async () => {
  await addUser(app, 'anna');
  const browser = await visitor(app, 'anna');
  const page = await browser.post('/account/calls/%3Cscript%3Ealert(1)%3C%2Fscript%3E/end', {}, HTML);
  assert.equal(page.status, 404);
  assert.match(page.text, /&#60;script&#62;|&lt;script&gt;/);
  assert.doesNotMatch(page.text, /<script/);
  assert.match(page.text, /<h1>There is no such call<\/h1>/);
});
