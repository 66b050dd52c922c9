import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
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
    assert.deepEqual(info, { error: 'invalid_input', status, code: 'INVALID_ARGUMENT' });
    assert.doesNotMatch(message, /client error|exceeded|HPE_/i);
  });
}
