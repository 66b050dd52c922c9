import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

const BAD_REQUEST = [400, 'This is no HTTP request that can be read.'] as const;

const KNOWN: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The address and the headers are too long together.'],
};

/**
 * Answers what Node refuses before there is a request, and so neither an address nor a face: in the words of all of
 * them at once.
 */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, message] = KNOWN[error.code ?? ''] ?? BAD_REQUEST;
  const body = JSON.stringify({ error: 'invalid_input', status, code: 'INVALID_ARGUMENT', message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}
