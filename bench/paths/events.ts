import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { CLIENT, tokenOf } from '../environment/users.ts';
import { quantile, spreadOf } from '../measure.ts';
import { atMost, formatNumber, type Row } from '../report.ts';
import { bearer, FORM, fillPlaceholder, JSON_BODY, sendOnce } from '../request.ts';
import { API_PATH, apiOpen } from './operations.ts';

const TARGET = atMost(50);
const ARRIVAL_TIMEOUT_MS = 10_000;

/** The arrival times of events by call and state, in milliseconds of the system clock, which PostgreSQL uses, too. */
class Arrivals {
  readonly #at = new Map<string, number>();
  readonly #awaited = new Map<string, () => void>();

  record(callId: string, state: string, at: number): void {
    const key = `${callId} ${state}`;
    this.#at.set(key, at);
    this.#awaited.get(key)?.();
  }

  async waitFor(callId: string, state: string): Promise<number> {
    const key = `${callId} ${state}`;
    if (!this.#at.has(key)) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`event did not arrive: ${key}`)), ARRIVAL_TIMEOUT_MS);
        this.#awaited.set(key, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.#at.get(key) ?? Number.NaN;
  }
}

const now = () => performance.timeOrigin + performance.now();

/** Measures the time from the transition in the database to the arrival of its event, on an idle server. */
export async function measureEvents(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  const webhook = new Arrivals();
  const stream = new Arrivals();
  const receiver = createServer(async (request, response) => {
    const at = now();
    const { type, data } = JSON.parse(await text(request)) as { type: string; data: { callId: string } };
    webhook.record(data.callId, type, at);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  await using server = await environment.startServer(database, { SINK_ALLOW_HOSTS: `127.0.0.1:${port}` });
  await addWebhook(server.url, `http://127.0.0.1:${port}/`);
  const streaming = new AbortController();
  const { over } = await followStream(server.url, stream, streaming.signal);

  const delays = { webhook: [] as number[], stream: [] as number[] };
  const recordDelays = async (callId: string, state: string) => {
    const arrived = {
      webhook: await webhook.waitFor(callId, state),
      stream: await stream.waitFor(callId, state),
    };
    const at = await timeOf(database, callId, state);
    delays.webhook.push(arrived.webhook - at);
    delays.stream.push(arrived.stream - at);
  };
  for (let call = 0; call < environment.scale.eventCalls; call++) {
    const { text } = await sendOnce(
      server.url,
      fillPlaceholder(apiOpen.request(0), '{serial}', String(2_000_000 + call)),
      201,
    );
    const { id } = JSON.parse(text) as { id: string };
    await recordDelays(id, 'connected');
    await sendOnce(
      server.url,
      { method: 'DELETE', path: `${API_PATH}/calls/${id}`, headers: bearer(tokenOf(0)) },
      204,
    );
    await recordDelays(id, 'disconnected');
  }
  streaming.abort();
  await over;
  receiver.close();
  return [rowOf('event to a webhook', delays.webhook), rowOf('event to a live stream', delays.stream)];
}

function rowOf(path: string, delays: readonly number[]): Row {
  const sorted = delays.toSorted((a, b) => a - b);
  return {
    path: `${path}: p99`,
    floor: 'the time of the transition',
    target: TARGET,
    measured: spreadOf([quantile(sorted, 0.99)]),
    unit: 'ms',
    figures: `p50 ${formatNumber(quantile(sorted, 0.5))} ms, at most ${formatNumber(quantile(sorted, 1))} ms, of ${delays.length}`,
  };
}

/** Milliseconds since 1970. */
async function timeOf({ sql }: BenchDatabase, callId: string, state: string): Promise<number> {
  const [event] = await sql<{ at: number }>(
    'SELECT (extract(epoch FROM at) * 1000)::float8 AS at FROM call_events WHERE call_id = $1 AND state = $2',
    [callId, state],
  );
  return event?.at ?? Number.NaN;
}

/** Adds a webhook with a token of the client itself. */
async function addWebhook(url: string, address: string): Promise<void> {
  const tokenResponse = await sendOnce(
    url,
    {
      method: 'POST',
      path: '/oauth/token',
      headers: { ...FORM, authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
      body: 'grant_type=client_credentials&scope=webhooks',
    },
    200,
  );
  const { access_token: token } = JSON.parse(tokenResponse.text) as { access_token: string };
  const headers = { ...JSON_BODY, ...bearer(token) };
  const body = JSON.stringify({ url: address });
  await sendOnce(url, { method: 'POST', path: `${API_PATH}/webhooks`, headers, body }, 201);
}

/** Resolves when the stream has started; `over` resolves when it has ended. */
async function followStream(
  url: string,
  stream: Arrivals,
  signal: AbortSignal,
): Promise<{ over: Promise<void> }> {
  const response = await fetch(`${url}${API_PATH}/events`, { headers: bearer(tokenOf(0)), signal });
  assert.equal(response.status, 200);
  const follow = async () => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const at = now();
      const frames = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const [, state = '', json] = /^event: (\w+)\ndata: (.+)$/m.exec(frame) ?? [];
        if (json === undefined) continue;
        const { data } = JSON.parse(json) as { data: { callId: string } };
        stream.record(data.callId, state, at);
      }
    }
  };
  const over = follow().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return { over };
}
