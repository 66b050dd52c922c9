import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { codeOf } from './error-codes.ts';
import { HeadersTooLarge, RequestTimedOut, RequestUnreadable } from './unreadable-request-errors.ts';

/** By the codes of Node. */
const KNOWN: Readonly<Record<string, typeof RequestTimedOut | typeof HeadersTooLarge>> = {
  ERR_HTTP_REQUEST_TIMEOUT: RequestTimedOut,
  HPE_HEADER_OVERFLOW: HeadersTooLarge,
};

/** Answers what Node refuses before there is a request, so without an address: in the form of all APIs at once. */
export function answerBrokenRequest({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed) return;
  const Known = KNOWN[code];
  const { declaration, message } = Known
    ? new Known()
    : new RequestUnreadable('The request must be valid HTTP.');
  const { status, code: error } = declaration;
  const body = JSON.stringify({ error, status, code: codeOf(declaration, 'camara'), message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}
