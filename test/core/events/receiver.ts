import http, { type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterFile } from '../../harness/clean-up.ts';
import { until } from '../../harness/until.ts';
import { type Certificate, makeCertificate } from '../../peers/certificate.ts';

/** A request that the receiver got. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The response of the receiver: a status, or a function that responds. */
export type Answer = (received: Received, response: ServerResponse) => number | undefined;

/** A server that receives requests of sinks and webhooks. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  answer: Answer;
  /** Waits until the given number of requests match `which`. */
  waitFor(count: number, which?: (received: Received) => boolean): Promise<Received[]>;
}

/** For webhooks, and for sinks of calls that were not opened by a request. */
export function startReceiver(answer: Answer = () => 204): Promise<Receiver> {
  return startServer('http', (listener) => http.createServer(listener), answer);
}

/** A receiver whose certificate signs itself. */
export interface SecureReceiver extends Receiver {
  /** For NODE_EXTRA_CA_CERTS of servers in a process of their own. */
  readonly certFile: string;
}

/** For sinks, which must be https:. This process trusts the certificate. */
export async function startSecureReceiver(answer: Answer = () => 204): Promise<SecureReceiver> {
  trusted ??= makeTrustedCertificate();
  const { cert, key, certFile } = trusted;
  const receiver = await startServer(
    'https',
    (listener) => https.createServer({ cert, key }, listener),
    answer,
  );
  return Object.assign(receiver, { certFile });
}

/** Of the file. */
let trusted: Certificate | undefined;

function makeTrustedCertificate(): Certificate {
  const certificate = makeCertificate();
  const others = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...others, certificate.cert]);
  afterFile(() => {
    tls.setDefaultCACertificates(others);
    trusted = undefined;
  });
  return certificate;
}

async function startServer(
  scheme: string,
  create: (listener: RequestListener) => http.Server | https.Server,
  answer: Answer,
): Promise<Receiver> {
  const received: Received[] = [];
  const server = create(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const one = { method, path, headers, body: Buffer.concat(chunks).toString() };
    received.push(one);
    const status = receiver.answer(one, response);
    if (status !== undefined) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => {
    server.closeAllConnections();
    server.close();
  });
  const receiver: Receiver = {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer,
    async waitFor(count, which = () => true) {
      await eventually(() => received.filter(which).length >= count);
      return received.filter(which);
    },
  };
  return receiver;
}

/** Waits for a condition. @throws AssertionError after a timeout */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  seconds?: number,
): Promise<void> {
  await until(String(condition), condition, seconds);
}
