import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { codeOf } from './error-codes.ts';
import { problemOf } from './problem-details.ts';
import { HeadersTooLarge, RequestTimedOut, RequestUnreadable } from './unreadable-request-errors.ts';

/** By the error codes of Node.js. */
const ERRORS_BY_CODE: Readonly<Record<string, typeof RequestTimedOut | typeof HeadersTooLarge>> = {
  ERR_HTTP_REQUEST_TIMEOUT: RequestTimedOut,
  HPE_HEADER_OVERFLOW: HeadersTooLarge,
};

/**
 * Answers requests that Node.js cannot parse. The address is unknown then, so the body has the properties of every API's errors. Its
 * `code` is CAMARA's.
 */
export function handleClientError({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed) return;
  const KnownError = ERRORS_BY_CODE[code];
  const { declaration, message } = KnownError
    ? new KnownError()
    : new RequestUnreadable('The request must be valid HTTP.');
  const { status, code: error } = declaration;
  const problem = problemOf(error, status, message);
  const body = JSON.stringify({ ...problem, error, code: codeOf(declaration, 'camara'), message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}
