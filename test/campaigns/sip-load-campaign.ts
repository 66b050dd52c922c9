import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setT1, type UserAgentStatus } from '@clicktocall/sip';
import { listHeldCalls } from '../../src/carriers/carried-call-store.ts';
import { createProgressReports } from '../../src/carriers/progress-reports.ts';
import { createSipCarrier } from '../../src/carriers/sip/sip-carrier.ts';
import type { SipConfig } from '../../src/carriers/sip/sip-config.ts';
import { moveCall } from '../../src/core/calls/transition-store.ts';
import { createDiallingPolicy } from '../../src/core/phone-numbers/dialling-policy.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { insertCalls, insertUser } from '../core/calls/rows.ts';
import type { TestApp } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { until } from '../harness/until.ts';
import { answers } from '../peers/scenarios.ts';
import { startSipp } from '../peers/sipp.ts';

export interface SipLoad {
  readonly calls: number;
  /** Calls started per second. */
  readonly rate: number;
  readonly flow: SipConfig['flow'];
  /** T1 of SIP, in milliseconds. How long a transaction is remembered is a multiple of it. */
  readonly t1?: number;
}

export interface SipLoadReport {
  /** How many calls had each ending, such as `disconnected: hangUp, by client`. */
  readonly ends: Readonly<Record<string, number>>;
  /** Calls started per second. */
  readonly offered: number;
  /** Calls per second, from the first INVITE until the last phone confirmed the end. */
  readonly rate: number;
  /** Milliseconds of processor time of this process. */
  readonly cpuOfEachCall: number;
  /** Some time after the last call. */
  readonly left: UserAgentStatus & { readonly savedLegs: number };
}

/** Each places the same number of calls. */
const USERS = 100;
/** Calls before the measurement, because a new process is slow. */
const WARM_UP = 100;
const TALK_MS = 100;
/** Until the last transaction is over (RFC 3261 section 17.1.1.2, timer D). */
const LAST_TRANSACTION_S = 45;
/** Bytes. Messages that arrive while sipp is not scheduled must not be lost: it ends a call whose ACK is missing. */
const SIPP_BUFFER = '1000000';
/** To sipp a repeated ACK or BYE that arrives after the end of its call is another call. It must not exit before the last call. */
const SPARE = 10;
/** For legs whose phones did not confirm the end, as a server does. */
const RELEASE_EVERY_MS = 2_000;
const NO_LOG = { debug() {}, info() {}, warn() {}, error() {} };

/** Sets up calls between two phones of sipp, ends each a moment after it is connected, and checks what is left. */
export async function runSipLoad(app: TestApp, { calls, rate, flow, t1 }: SipLoad): Promise<SipLoadReport> {
  const peer = () =>
    startSipp(answers(0), { calls: SPARE * calls, args: ['-l', String(calls), '-buff_size', SIPP_BUFFER] });
  const [callers, callees] = await Promise.all([peer(), peer()]);
  const nodeId = randomUUID();
  const ids = await insertAll(app, nodeId, calls);
  const held = new Map((await listHeldCalls(app.database, nodeId)).map((call) => [call.id, call]));

  let status: () => UserAgentStatus = () => ({ registration: 'none', dialogs: 0, transactions: 0 });
  const reports = createProgressReports(app.database, nodeId, () => {}, NO_LOG);
  const carrier = await createSipCarrier(configOf(callers.port, callees.port, flow), {
    policy: createDiallingPolicy({ allow: [], deny: [], country: undefined }),
    ...{ database: app.database, nodeId, clock: systemClock, log: NO_LOG },
    sipMeter: {
      counters: { message() {}, retransmission() {}, failure() {} },
      watch: (read) => {
        status = read;
      },
    },
    report(id, progress) {
      reports.report(id, progress);
      if ('state' in progress && progress.state === 'connected') sleep(TALK_MS).then(() => end(id));
    },
  });
  if (t1 !== undefined) setT1(t1); // a carrier that starts sets the usual one
  const releasing = setInterval(() => carrier.releaseOrphans().catch(() => {}), RELEASE_EVERY_MS);
  afterFile(async () => {
    clearInterval(releasing);
    await carrier.close();
  });
  const end = async (id: string): Promise<void> => {
    const progress = { state: 'disconnected', reason: 'hangUp' } as const;
    const request = { id, progress, endedBy: 'client', nodeId } as const;
    const written = await moveCall(app.database, request).catch(() => 'not now');
    if (written === 'not now') return end(id); // as a client does after 503
    carrier.hangUp(id);
  };

  /** @returns how many calls were started per second */
  const setUp = async (some: readonly string[], rate: number): Promise<number> => {
    const started = performance.now();
    for (const [index, id] of some.entries()) {
      const due = started + (index / rate) * 1000;
      if (due > performance.now()) await sleep(due - performance.now());
      const call = held.get(id);
      if (call) carrier.originate(call);
    }
    const offered = (some.length * 1000) / (performance.now() - started);
    await until('all have ended, and their phones have confirmed', () => allEnded(app, some), 90);
    return offered;
  };
  await setUp(ids.slice(0, WARM_UP), rate / 5);
  const [started, usage] = [performance.now(), process.cpuUsage()];
  const offered = await setUp(ids.slice(WARM_UP), rate);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(usage);
  await until('all transactions are over', () => status().transactions === 0, LAST_TRANSACTION_S).catch(
    () => {},
  );
  const left = { ...status(), savedLegs: (await app.sql('SELECT FROM carried_legs')).length };
  await reports.stop();
  return {
    ends: await countEnds(app),
    offered,
    rate: (calls - WARM_UP) / seconds,
    cpuOfEachCall: (user + system) / 1000 / (calls - WARM_UP),
    left,
  };
}

/** Assigns calls to users in turn, because calls of one user wait for each other. */
async function insertAll(app: TestApp, nodeId: string, calls: number): Promise<string[]> {
  await app.sql(`INSERT INTO nodes (id, seen_at) VALUES ($1, now() + interval '1 hour')`, [nodeId]);
  const ids: string[] = [];
  const each = Math.ceil(calls / USERS);
  for (let user = 0; user < USERS; user++) {
    const userId = await insertUser(app, `user ${user}`);
    const ofUser = await insertCalls(app, userId, each, { state: 'initiating', carrier: 'sip' });
    for (const [index, id] of ofUser.entries()) ids[index * USERS + user] = id;
  }
  await app.sql('UPDATE calls SET node_id = $1', [nodeId]);
  return ids;
}

async function allEnded(app: TestApp, ids: readonly string[]): Promise<boolean> {
  await sleep(20);
  const left = await app.sql(
    `SELECT FROM calls WHERE ended_at IS NULL AND id = ANY ($1)
      UNION ALL SELECT FROM carried_legs WHERE call_id = ANY ($1) LIMIT 1`,
    [ids],
  );
  return left.length === 0;
}

async function countEnds(app: TestApp): Promise<Record<string, number>> {
  const ends = await app.sql<{ as: string; count: number }>(
    `SELECT state || ': ' || reason || ', by ' || ended_by AS as, count(*)::integer FROM calls GROUP BY 1`,
  );
  return Object.fromEntries(ends.map(({ as, count }) => [as, count]));
}

function configOf(callers: number, callees: number, flow: SipConfig['flow']): SipConfig {
  return {
    listen: { protocol: 'udp', host: '127.0.0.1', port: 0 },
    ...{ advertise: undefined, proxy: undefined, registrar: undefined },
    ...{ username: undefined, password: undefined, realms: [], assertedIdentity: undefined },
    callerAddress: `sip:phone@127.0.0.1:${callers}`,
    calleeAddress: `sip:{number}@127.0.0.1:${callees}`,
    calleeId: 'sip:{number}@127.0.0.1',
    callerId: 'sip:clicktocall@127.0.0.1',
    flow,
    sessionExpires: 1800,
    tls: { cert: undefined, key: undefined, ca: undefined },
    trace: false,
  };
}
