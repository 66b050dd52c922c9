import { randomUUID } from 'node:crypto';
import { createCallOpener, type OpenCall } from '../../src/core/calls/call-opener.ts';
import type { OpenRequest } from '../../src/core/calls/new-call.ts';
import { type OpenedRow, openCalls, openedCall } from '../../src/core/calls/open-call-store.ts';
import { hashToken } from '../../src/core/tokens/access-token.ts';
import { connectDatabase } from '../../src/platform/database/database.ts';
import { spreadOf } from '../measure.ts';
import { atLeast, type Row, short } from '../report.ts';
import { removeOpenedCalls, tokenOf } from '../stage/people.ts';
import type { Stage } from '../stage/stage.ts';

/** What it costs a request that comes by itself that others could be waited for. Without HTTP, which would hide it. */
export async function measureLoneOpening({ scale, peopledDatabase }: Stage): Promise<Row[]> {
  const { rounds, roundMs, people } = scale;
  await using stage = await peopledDatabase();
  const database = connectDatabase(stage.url);
  try {
    const ways: Ways = {
      server: createCallOpener(database),
      floor: async (request) => {
        const [row] = await openCalls(database, [request], true);
        return openedCall(row as OpenedRow, request);
      },
    };
    const measured: Times[] = [];
    for (let round = 0; round < rounds; round++) {
      await removeOpenedCalls(stage);
      measured.push(await openInTurns(ways, people, roundMs));
    }
    const median = (side: keyof Times) => short(spreadOf(measured.map((times) => times[side])).median);
    return [
      {
        path: 'opening a call while nobody else does, as the server does it',
        floor: 'the same SQL, called directly',
        wanted: atLeast(0.97),
        measured: spreadOf(measured.map(({ floor, server }) => floor / server)),
        figures: `p50 ${median('server')} ms (${median('floor')} ms directly)`,
      },
    ];
  } finally {
    await database.close();
  }
}

interface Ways {
  readonly floor: OpenCall;
  readonly server: OpenCall;
}

/** Medians, in milliseconds. */
type Times = Record<keyof Ways, number>;

/** One call by one, in turns: a disk takes as long for some as for a hundred others. */
async function openInTurns({ floor, server }: Ways, people: number, ms: number): Promise<Times> {
  const times = { floor: [] as number[], server: [] as number[] };
  const timed = async (open: OpenCall, kept: number[], serial: number) => {
    const request = requestOf(serial % people, serial);
    const began = performance.now();
    await open(request);
    kept.push(performance.now() - began);
  };
  const deadline = performance.now() + ms;
  for (let serial = 0; performance.now() < deadline; serial += 2) {
    await timed(floor, times.floor, serial);
    await timed(server, times.server, serial + 1);
  }
  return { floor: spreadOf(times.floor).median, server: spreadOf(times.server).median };
}

/** As the classic interface asks for one. */
function requestOf(person: number, serial: number): OpenRequest {
  return {
    token: { hash: hashToken(tokenOf(person)), proofKeyThumbprint: null, inQuery: false },
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
