import { Agent, request } from 'node:http';
import type { FuzzRequest } from './requests.ts';

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How long an answer may take, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Sends requests as they are: `fetch` would correct them. */
export function createExchange(url: string) {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true });
  return {
    /** Reads the first event of a stream, and the whole of any other answer. */
    send({ method, path, headers, body }: FuzzRequest): Promise<Received> {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const options = { agent, hostname, port, method, path, headers: { ...headers, ...length } };
      return new Promise((resolve, reject) => {
        const sent = request({ ...options, timeout: PATIENCE_MS }, (response) => {
          const chunks: Buffer[] = [];
          const done = () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: headersOf(response.rawHeaders),
              text: Buffer.concat(chunks).toString(),
            });
          response.on('data', (chunk) => {
            chunks.push(chunk);
            if (response.headers['content-type']?.startsWith('text/event-stream') !== true) return;
            done();
            sent.destroy();
          });
          response.once('end', done);
          response.once('error', reject);
        });
        sent.once('timeout', () => sent.destroy(new Error('no answer')));
        sent.once('error', reject);
        sent.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index < raw.length; index += 2) headers.append(raw[index] ?? '', raw[index + 1] ?? '');
  return headers;
}
