import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from '../../harness/clean-up.ts';
import { until } from '../../harness/until.ts';

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

export async function startReceiver(answer: Answer = () => 204): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
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
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
