import { randomUUID } from 'node:crypto';
import { createCallOpener } from '../../src/core/calls/call-opener.ts';
import type { OpenedCall, OpenRequest } from '../../src/core/calls/new-call.ts';
import { type OpenedRow, openCalls, openedCall } from '../../src/core/calls/open-call-store.ts';
import { hashToken } from '../../src/core/tokens/access-token.ts';
import { connectDatabase } from '../../src/platform/database/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { removeOpenedCalls, tokenOf } from '../environment/users.ts';
import { spreadOf } from '../measure.ts';
import { atLeast, formatNumber, type Row } from '../report.ts';

/** Measures the cost of sharing statements for a request that is alone. Without HTTP, which would hide it. */
export async function measureSingleOpen({
  scale,
  createDatabaseWithUsers,
}: BenchEnvironment): Promise<Row[]> {
  const { rounds, roundMs, users } = scale;
  await using benchDatabase = await createDatabaseWithUsers();
  const database = connectDatabase(benchDatabase.url);
  try {
    const sides: Sides = {
      server: createCallOpener(database),
      floor: async (request) => {
        const [row] = await openCalls(database, [request], true);
        return openedCall(row as OpenedRow, request);
      },
    };
    const measured: Times[] = [];
    for (let round = 0; round < rounds; round++) {
      await removeOpenedCalls(benchDatabase);
      measured.push(await openInTurns(sides, users, roundMs));
    }
    const median = (side: keyof Times) => formatNumber(spreadOf(measured.map((times) => times[side])).median);
    return [
      {
        path: 'opening a call with no other request, as the server does it',
        floor: 'the same SQL, called directly',
        target: atLeast(0.97),
        measured: spreadOf(measured.map(({ floor, server }) => floor / server)),
        figures: `p50 ${median('server')} ms (${median('floor')} ms directly)`,
      },
    ];
  } finally {
    await database.close();
  }
}

type OpenCall = (request: OpenRequest) => Promise<OpenedCall>;

interface Sides {
  readonly floor: OpenCall;
  readonly server: OpenCall;
}

/** Medians, in milliseconds. */
type Times = Record<keyof Sides, number>;

/** Opens one call at a time, alternating between the sides, so that a slow disk affects both. */
async function openInTurns({ floor, server }: Sides, users: number, ms: number): Promise<Times> {
  const times = { floor: [] as number[], server: [] as number[] };
  const openTimed = async (open: OpenCall, durations: number[], serial: number) => {
    const request = requestOf(serial % users, serial);
    const startedAt = performance.now();
    await open(request);
    durations.push(performance.now() - startedAt);
  };
  const deadline = performance.now() + ms;
  for (let serial = 0; performance.now() < deadline; serial += 2) {
    await openTimed(floor, times.floor, serial);
    await openTimed(server, times.server, serial + 1);
  }
  return { floor: spreadOf(times.floor).median, server: spreadOf(times.server).median };
}

/** A request like those of the classic API. */
function requestOf(user: number, serial: number): OpenRequest {
  return {
    token: { hash: hashToken(tokenOf(user)), proofKeyThumbprint: null, inQuery: false, resource: null },
    scopes: ['call'],
    call: {
      id: randomUUID().replaceAll('-', ''),
      caller: undefined,
      callee: `+1212${2_000_000 + serial}`,
      state: 'connected',
      carrier: 'session',
      costs: false,
      nodeId: undefined,
      ringTimeout: 60,
      timeLimit: 14_400,
      clientReference: undefined,
      metadata: undefined,
      recordingEnabled: false,
      sink: undefined,
    },
    terms: {
      lease: undefined,
      refusal: undefined,
      once: false,
      idempotency: undefined,
      callsPerMinute: undefined,
      talkTimePerDay: undefined,
    },
  };
}
