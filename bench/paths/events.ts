import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { quantile, spreadOf } from '../measure.ts';
import { atMost, type Row, short } from '../report.ts';
import { ask, bearer, FORM, filled, JSON_BODY } from '../request.ts';
import type { BenchDatabase } from '../stage/database.ts';
import { CLIENT, tokenOf } from '../stage/people.ts';
import type { Stage } from '../stage/stage.ts';
import { BASE_PATH, camaraOpening } from './calls.ts';

const WANTED = atMost(50);
const PATIENCE_MS = 10_000;

/** When events arrived, by the call and its state; milliseconds of the clock that PostgreSQL has, too. */
class Arrivals {
  readonly #at = new Map<string, number>();
  readonly #awaited = new Map<string, () => void>();

  note(callId: string, state: string, at: number): void {
    const key = `${callId} ${state}`;
    this.#at.set(key, at);
    this.#awaited.get(key)?.();
  }

  async of(callId: string, state: string): Promise<number> {
    const key = `${callId} ${state}`;
    if (!this.#at.has(key)) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`nothing arrived of ${key}`)), PATIENCE_MS);
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

/** From the transition in the database to the first byte at whoever is told, on a server that has nothing else to do. */
export async function measureEvents(stage: Stage): Promise<Row[]> {
  await using database = await stage.peopledDatabase();
  const webhook = new Arrivals();
  const stream = new Arrivals();
  const receiver = createServer(async (request, response) => {
    const at = now();
    const { type, data } = JSON.parse(await text(request)) as { type: string; data: { callId: string } };
    webhook.note(data.callId, type, at);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  await using server = await stage.startServer(database, { SINK_ALLOW_HOSTS: `127.0.0.1:${port}` });
  await addWebhook(server.url, `http://127.0.0.1:${port}/`);
  const reading = new AbortController();
  const { over } = await followStream(server.url, stream, reading.signal);

  const delays = { webhook: [] as number[], stream: [] as number[] };
  const told = async (callId: string, state: string) => {
    const arrived = { webhook: await webhook.of(callId, state), stream: await stream.of(callId, state) };
    const at = await timeOf(database, callId, state);
    delays.webhook.push(arrived.webhook - at);
    delays.stream.push(arrived.stream - at);
  };
  for (let call = 0; call < stage.scale.toldCalls; call++) {
    const { text } = await ask(
      server.url,
      filled(camaraOpening.sent(0), '{serial}', String(2_000_000 + call)),
      201,
    );
    const { callId } = JSON.parse(text) as { callId: string };
    await told(callId, 'connected');
    await ask(
      server.url,
      { method: 'DELETE', path: `${BASE_PATH}/calls/${callId}`, headers: bearer(tokenOf(0)) },
      204,
    );
    await told(callId, 'disconnected');
  }
  reading.abort();
  await over;
  receiver.close();
  return [rowOf('event to a webhook', delays.webhook), rowOf('event to a live stream', delays.stream)];
}

function rowOf(path: string, delays: readonly number[]): Row {
  const sorted = delays.toSorted((a, b) => a - b);
  return {
    path: `${path}: p99`,
    floor: 'the transition’s own time',
    wanted: WANTED,
    measured: spreadOf([quantile(sorted, 0.99)]),
    unit: 'ms',
    figures: `p50 ${short(quantile(sorted, 0.5))} ms, at most ${short(quantile(sorted, 1))} ms, of ${delays.length}`,
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

/** As the client itself, with a token of its own. */
async function addWebhook(url: string, address: string): Promise<void> {
  const granted = await ask(
    url,
    {
      method: 'POST',
      path: '/oauth/token',
      headers: { ...FORM, authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
      body: 'grant_type=client_credentials&scope=webhooks',
    },
    200,
  );
  const { access_token: token } = JSON.parse(granted.text) as { access_token: string };
  const headers = { ...JSON_BODY, ...bearer(token) };
  const body = JSON.stringify({ url: address });
  await ask(url, { method: 'POST', path: `${BASE_PATH}/webhooks`, headers, body }, 201);
}

/** @returns when it has begun; the promise in it, when it is over */
async function followStream(
  url: string,
  stream: Arrivals,
  signal: AbortSignal,
): Promise<{ over: Promise<void> }> {
  const response = await fetch(`${url}${BASE_PATH}/events`, { headers: bearer(tokenOf(0)), signal });
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
        stream.note(data.callId, state, at);
      }
    }
  };
  const over = follow().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return { over };
}
