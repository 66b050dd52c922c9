import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { moveCall } from '../../src/calls/transition-store.ts';
import * as store from '../../src/carriers/carried-call-store.ts';
import { createProgressReports } from '../../src/carriers/progress-reports.ts';
import { createSipCarrier } from '../../src/carriers/sip/sip-carrier.ts';
import type { SipConfig } from '../../src/carriers/sip/sip-config.ts';
import type { UserAgentStatus } from '../../src/carriers/sip/user-agent/leg.ts';
import { systemClock } from '../../src/clock.ts';
import { insertCalls, insertUser } from '../calls/rows.ts';
import type { TestApp } from '../harness/app.ts';
import { until } from '../harness/until.ts';
import { answers } from '../peers/scenarios.ts';
import { startSipp } from '../peers/sipp.ts';

export interface SipLoad {
  readonly calls: number;
  /** Set up a second. */
  readonly rate: number;
}

export interface SipLoadReport {
  /** How often calls ended as what: `disconnected: hangUp, by client`. */
  readonly ends: Readonly<Record<string, number>>;
  /** Calls a second, from the first INVITE until the last phone knew of its call's end. */
  readonly rate: number;
  /** Of this process, in milliseconds. */
  readonly cpuOfEachCall: number;
  /** A while after the last call. */
  readonly left: UserAgentStatus & { readonly savedLegs: number };
}

const USERS = 50;
const TALK_MS = 100;
/** Until the last transaction is over (RFC 3261 section 17.1.1.2, timer D). */
const LAST_TRANSACTION_S = 45;
const NO_LOG = { debug() {}, info() {}, warn() {}, error() {} };

/** Sets calls up between two phones of sipp, ends each a moment after it is connected, and looks what is left. */
export async function runSipLoad(app: TestApp, { calls, rate }: SipLoad): Promise<SipLoadReport> {
  const peer = () => startSipp(answers(0), { calls, args: ['-l', String(calls), '-rtcheck', 'loose'] });
  const [callers, callees] = await Promise.all([peer(), peer()]);
  const nodeId = randomUUID();
  const ids = await insertAll(app, nodeId, calls);

  let status: () => UserAgentStatus = () => ({ registration: 'none', dialogs: 0, transactions: 0 });
  const reports = createProgressReports(app.database, nodeId, () => {}, NO_LOG);
  const carrier = await createSipCarrier(configOf(callers.port, callees.port), {
    ...{ database: app.database, nodeId, clock: systemClock, log: NO_LOG },
    sipMeter: {
      counters: { message() {}, retransmission() {}, failure() {} },
      watch: (tell) => {
        status = tell;
      },
    },
    report(id, progress) {
      reports.report(id, progress);
      if ('state' in progress && progress.state === 'connected') sleep(TALK_MS).then(() => end(id));
    },
  });
  const end = async (id: string) => {
    await moveCall(app.database, id, { state: 'disconnected', reason: 'hangUp' }, 'client', nodeId);
    carrier.hangUp(id);
  };

  const [started, usage] = [performance.now(), process.cpuUsage()];
  for (const [index, id] of ids.entries()) {
    const due = started + (index / rate) * 1000;
    if (due > performance.now()) await sleep(due - performance.now());
    store.findHeldCall(app.database, nodeId, id).then((call) => call && carrier.originate(call));
  }
  await until('all have ended', () => noneOf(app, 'calls WHERE ended_at IS NULL'), 60);
  await until('all phones know', () => noneOf(app, 'carried_legs'), 60);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(usage);
  await until('all is over', () => status().transactions === 0, LAST_TRANSACTION_S).catch(() => {});
  const left = { ...status(), savedLegs: (await app.sql('SELECT FROM carried_legs')).length };
  await reports.stop();
  await carrier.close();
  return {
    ends: await countEnds(app),
    rate: calls / seconds,
    cpuOfEachCall: (user + system) / 1000 / calls,
    left,
  };
}

async function insertAll(app: TestApp, nodeId: string, calls: number): Promise<string[]> {
  await app.sql(`INSERT INTO nodes (id, seen_at) VALUES ($1, now() + interval '1 hour')`, [nodeId]);
  const ids: string[] = [];
  for (let user = 0; user < USERS; user++) {
    const userId = await insertUser(app, `user ${user}`);
    const count = Math.floor((calls * (user + 1)) / USERS) - Math.floor((calls * user) / USERS);
    ids.push(...(await insertCalls(app, userId, count, { state: 'initiating', carrier: 'sip' })));
  }
  await app.sql('UPDATE calls SET node_id = $1', [nodeId]);
  return ids;
}

async function noneOf(app: TestApp, rows: string): Promise<boolean> {
  await sleep(20);
  return (await app.sql(`SELECT FROM ${rows} LIMIT 1`)).length === 0;
}

async function countEnds(app: TestApp): Promise<Record<string, number>> {
  const ends = await app.sql<{ as: string; count: number }>(
    `SELECT state || ': ' || reason || ', by ' || ended_by AS as, count(*)::integer FROM calls GROUP BY 1`,
  );
  return Object.fromEntries(ends.map(({ as, count }) => [as, count]));
}

function configOf(callers: number, callees: number): SipConfig {
  return {
    listen: { protocol: 'udp', host: '127.0.0.1', port: 0 },
    ...{ advertise: undefined, proxy: undefined, registrar: undefined },
    ...{ username: undefined, password: undefined, assertedIdentity: undefined },
    callerAddress: `sip:phone@127.0.0.1:${callers}`,
    calleeAddress: `sip:{number}@127.0.0.1:${callees}`,
    callerId: 'sip:clicktocall@127.0.0.1',
    flow: 'early-offer',
    sessionExpires: 1800,
    tls: { cert: undefined, key: undefined, ca: undefined },
    trace: false,
  };
}
