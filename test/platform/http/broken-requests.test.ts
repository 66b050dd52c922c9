import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { API_PATH } from '../../../src/web/api/base-path.ts';
import { BASE_PATH } from '../../../src/web/click-to-dial/base-path.ts';
import { startApp } from '../../harness/app.ts';

const app = await startApp();

/** Sends raw bytes. @returns everything until the server closes the connection */
async function sendRaw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

for (const [what, [bytes, status]] of Object.entries({
  'no HTTP at all': ['hello\r\n\r\n', 400],
  'a header without a name': ['GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n', 400],
  'a length that is no number': ['POST /rest/call HTTP/1.1\r\nHost: x\r\nContent-Length: y\r\n\r\n', 400],
  'an address beyond all measure': [`GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
} as const)) {
  test(`${what} gets an error in the format of every API`, async () => {
    const answer = await sendRaw(bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
    const { message, ...info } = JSON.parse(body);
    assert.deepEqual(info, {
      ...{ error: 'invalid_input', code: 'INVALID_ARGUMENT' },
      ...{ type: '/errors#invalid_input', title: 'Invalid input', status, detail: message },
    });
    assert.doesNotMatch(message, /client error|exceeded|HPE_/i);
  });
}

suite('the Host header (RFC 9112 section 3.2)', () => {
  const statusOf = (answer: string) => Number(/^HTTP\/1.1 (\d+) /.exec(answer)?.[1]);
  const MESSAGE = 'The request must have exactly one Host header, a host and optionally a port.';

  for (const path of [
    '/',
    '/nowhere',
    '/healthz',
    '/rest/call',
    '/users/me',
    `${API_PATH}/calls`,
    `${BASE_PATH}/calls`,
    '/oauth/token',
    '/.well-known/openid-configuration',
  ]) {
    test(`two of them are refused at ${path}`, async () => {
      for (const second of ['Host: calls.example', 'HOST: evil.example', 'host:']) {
        const answer = await sendRaw(
          `GET ${path} HTTP/1.1\r\nHost: calls.example\r\nAccept: application/json\r\n${second}\r\nConnection: close\r\n\r\n`,
        );
        assert.equal(statusOf(answer), 400, answer);
        assert.ok(answer.includes(MESSAGE), answer);
        assert.match(answer, /^x-content-type-options: nosniff\r$/im);
      }
    });
  }

  for (const host of [
    '',
    'a b',
    'me@calls.example',
    'calls.example/path',
    'calls.example:http',
    '[::1',
    'a,b c',
    '%zz',
    'é',
  ]) {
    test(`${JSON.stringify(host)} is refused`, async () => {
      const answer = await sendRaw(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      assert.equal(statusOf(answer), 400, answer);
    });
  }

  for (const host of [
    'calls.example',
    'calls.example:8080',
    'calls.example:',
    '[::1]:8080',
    '127.0.0.1',
    'my_host',
    'a%20b',
  ]) {
    test(`${host} is accepted`, async () => {
      const answer = await sendRaw(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      assert.equal(statusOf(answer), 200, answer);
    });
  }

  test('HTTP/1.0 needs none, and HTTP/1.1 needs one', async () => {
    assert.equal(statusOf(await sendRaw('GET /healthz HTTP/1.0\r\n\r\n')), 200);
    assert.equal(statusOf(await sendRaw('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')), 400);
  });
});
