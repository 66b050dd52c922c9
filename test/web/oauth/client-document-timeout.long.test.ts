import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { request } from '../../platform/http/request.ts';
import { acceptDocumentsOf, startDocumentHost } from './document-host.ts';
import { OPENS_PAGE } from './modern-walk.ts';

const documents = await startDocumentHost();
const app = await startApp(acceptDocumentsOf(documents));

test('a document has five seconds, even if it keeps coming', async () => {
  documents.server.removeAllListeners('request').on('request', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(timer));
  });
  const query = new URLSearchParams({
    client_id: `https://${documents.host}/slow.json`,
    response_type: 'code',
  });
  const started = performance.now();
  const page = await request(app, 'GET', `/oauth/authorize?${query}`, OPENS_PAGE);
  const seconds = (performance.now() - started) / 1000;
  assert.equal(page.status, 503);
  assert.match(page.text, /cannot be read now: no answer within 5 s/);
  assert.ok(seconds > 4.9 && seconds < 7, `${seconds} s`);
});
