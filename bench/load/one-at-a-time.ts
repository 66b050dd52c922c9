import { once } from 'node:events';
import { connect } from 'node:net';
import { type BenchRequest, type BenchResponse, serializeRequest } from '../request.ts';

/** A connection on which each request waits for the response to the one before. It costs little, so that the server shows. */
export interface OneConnection extends Disposable {
  /** @throws Error if the response has another status */
  send(request: BenchRequest, status: number): Promise<BenchResponse>;
}

export async function connectOnce(url: string): Promise<OneConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('utf8');
  await once(socket, 'connect');
  return {
    async send(request, status) {
      socket.write(serializeRequest(request));
      let received = '';
      let response: BenchResponse | undefined;
      while (!response) {
        const [chunk] = (await once(socket, 'data')) as [string];
        received += chunk;
        response = parseResponse(received);
      }
      if (response.status !== status)
        throw new Error(`${request.method} ${request.path}: ${response.status}: ${response.text}`);
      return response;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** @returns undefined while the response is incomplete */
function parseResponse(received: string): BenchResponse | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = received.slice(0, headEnd);
  const text = received.slice(headEnd + 4);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  if (Buffer.byteLength(text) < length) return undefined;
  return { status: Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)), text };
}
