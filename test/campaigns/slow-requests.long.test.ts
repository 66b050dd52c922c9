import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { bearer } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';
import { request } from '../platform/http/request.ts';
import { record, times } from './campaign.ts';
import { memoryOf } from './memory.ts';
import { findTargetRoutes, headOf, type TargetRoute } from './target-routes.ts';

const SOCKETS = 200;
/** A byte each. */
const EVERY_MS = 250;
/** Whole, it waits for the last to be cut. */
const SECONDS = times(5, 60);
/** A request may take 30 s to arrive, and whether it has is looked after every 5 s. */
const CUT_AFTER_S = 40;
const GOOD_EVERY_MS = 20;

const app = await startApp();
const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'error' });
const routes = await findTargetRoutes(app);

interface Slow {
  readonly kind: string;
  readonly seconds: () => number | undefined;
}

/** Sends a byte at a time, until it is cut. */
function drip(kind: string, begin: string, rest: string): Slow {
  const { hostname, port } = new URL(server.url);
  const socket: Socket = connect(Number(port), hostname);
  const began = performance.now();
  let ended: number | undefined;
  let at = 0;
  socket.on('error', () => {});
  socket.resume();
  socket.write(begin);
  const timer = setInterval(() => socket.write(rest[at++ % rest.length] ?? ''), EVERY_MS);
  socket.on('close', () => {
    ended = (performance.now() - began) / 1000;
    clearInterval(timer);
  });
  afterFile(() => socket.destroy());
  return { kind, seconds: () => ended };
}

function slowOf(route: TargetRoute, index: number): Slow {
  const head = headOf(route, 'POST');
  switch (index % 4) {
    case 0:
      return drip(`headers to ${route.name}`, '', `${head}X-Slow: ${'x'.repeat(2000)}`);
    case 1:
      return drip(`a body to ${route.name}`, `${head}Content-Length: 60000\r\n\r\n`, 'a=1&');
    case 2:
      return drip(`chunks to ${route.name}`, `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n');
    default:
      return drip(`headers without an end to ${route.name}`, `${head}X: `, 'x');
  }
}

test(`${SOCKETS} requests that arrive byte by byte delay no others, and are cut off`, async () => {
  const before = memoryOf(server.pid);
  const slow = Array.from({ length: SOCKETS }, (_, index) =>
    slowOf(routes[Math.floor(index / 4) % routes.length] as TargetRoute, index),
  );
  const durations: number[] = [];
  const token = routes[0]?.authorization.replace('Bearer ', '') ?? '';
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end && slow.some(({ seconds }) => seconds() === undefined)) {
    const began = performance.now();
    const { status } = await request(server, 'GET', '/rest/call', bearer(token));
    durations.push(performance.now() - began);
    assert.equal(status, 200);
    await sleep(GOOD_EVERY_MS);
  }
  const p99 = durations.toSorted((a, b) => a - b)[Math.floor(durations.length * 0.99)] ?? 0;
  assert.ok(durations.length > 50 && p99 < 500, `${durations.length} requests, p99 ${p99} ms`);
  const after = memoryOf(server.pid);
  if (before && after) assert.ok(after.peak - before.now < 96, JSON.stringify({ before, after }));
  const whole = SECONDS > CUT_AFTER_S;
  const uncut = slow.filter(({ seconds }) => (seconds() ?? Number.POSITIVE_INFINITY) > CUT_AFTER_S);
  if (whole)
    assert.deepEqual(
      uncut.map(({ kind }) => kind),
      [],
    );
  const last = Math.max(...slow.map(({ seconds }) => seconds() ?? 0));
  record({
    invariant: 'Slow requests do not delay others',
    tried: `${SOCKETS} requests that arrive byte by byte, to ${routes.length} APIs, beside ${durations.length} normal ones`,
    found: `p99 of the normal ones ${Math.round(p99)} ms${whole ? `; the last slow one was cut off after ${Math.round(last)} s` : ''}`,
  });
});
