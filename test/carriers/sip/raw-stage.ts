import { randomUUID } from 'node:crypto';
import type { CarriedCall, Carrier } from '../../../src/carriers/carrier.ts';
import { createSipCarrier } from '../../../src/carriers/sip/sip-carrier.ts';
import { readConfig } from '../../../src/config/config.ts';
import type { Ending } from '../../../src/core/calls/transition-store.ts';
import { createDiallingPolicy } from '../../../src/core/phone-numbers/dialling-policy.ts';
import { type Clock, systemClock } from '../../../src/platform/clock.ts';
import { insertCalls, insertUser } from '../../core/calls/rows.ts';
import type { TestApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { until } from '../../harness/until.ts';
import { PHONE_SDP, RawPhone } from '../../peers/raw-phone.ts';
import { heldCall } from '../held-call.ts';

/** A carrier on its own node, and two phones whose messages the test composes. */
export interface RawStage {
  readonly nodeId: string;
  readonly carrier: Carrier;
  readonly caller: RawPhone;
  readonly callee: RawPhone;
  /** The progress that the carrier reported. */
  readonly reported: readonly string[];
  /** Those of its reports that end calls. */
  readonly endings: readonly Ending[];
  /** The messages of its warnings. */
  readonly warnings: readonly string[];
  /** The messages of its errors. */
  readonly errors: readonly string[];
  /** The fields of its lines at level info. */
  readonly infos: readonly Record<string, unknown>[];
  /** A call of the node that has not started. */
  insertCall(): Promise<CarriedCall>;
}

export async function startRawStage(
  app: TestApp,
  env: Record<string, string> = {},
  clock: Clock = systemClock,
): Promise<RawStage> {
  const nodeId = randomUUID();
  await app.sql(`INSERT INTO nodes (id, seen_at) VALUES ($1, now() + interval '1 hour')`, [nodeId]);
  const [caller, callee] = [await RawPhone.start(), await RawPhone.start()];
  const reported: string[] = [];
  const endings: Ending[] = [];
  const warnings: string[] = [];
  const errors: string[] = [];
  const infos: Record<string, unknown>[] = [];
  const { sip } = readConfig({
    ...{ CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0', DATABASE_URL: app.databaseUrl },
    ...{ SIP_CALLER_ADDRESS: caller.uri, SIP_CALLEE_ADDRESS: callee.uri, ...env },
  });
  if (!sip) throw new Error('SIP is not configured');
  const carrier = await createSipCarrier(sip, {
    ...{ database: app.database, nodeId, clock },
    policy: createDiallingPolicy({ allow: [], deny: ['premium'], country: undefined }),
    report: (_, progress) => {
      if (!('state' in progress)) return;
      reported.push('reason' in progress ? `${progress.state}: ${progress.reason}` : progress.state);
      if ('reason' in progress) endings.push(progress);
    },
    log: {
      debug() {},
      info: (fields: object, text?: string) => infos.push({ ...fields, text }),
      warn: (_: unknown, text?: string) => warnings.push(text ?? ''),
      error: (_: unknown, text?: string) => errors.push(text ?? ''),
    },
  });
  closeAfterFile(carrier);
  return {
    ...{ nodeId, carrier, caller, callee, reported, endings, warnings, errors, infos },
    async insertCall() {
      const userId = await insertUser(app, randomUUID());
      const [id = ''] = await insertCalls(app, userId, 1, { state: 'initiating', carrier: 'sip' });
      await app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [nodeId, id]);
      return heldCall(app.database, nodeId, id);
    },
  };
}

/** Starts a call, and connects its two phones. @returns the first INVITE of each */
export async function connectPhones({ carrier, caller, callee, reported, insertCall }: RawStage) {
  carrier.originate(await insertCall());
  const first = await caller.next('INVITE');
  caller.respond(first, '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  const invite = await callee.next('INVITE');
  callee.respond(invite, '200 OK', { sdp: PHONE_SDP });
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  await callee.next('ACK');
  await until('it is connected', () => reported.includes('connected'));
  return { first, invite };
}

/** Those of the file. Each may wait for phones that do not confirm the end of their calls, so all close at the same time. */
const carriers: Carrier[] = [];

function closeAfterFile(carrier: Carrier): void {
  if (carriers.push(carrier) > 1) return;
  afterFile(() => Promise.all(carriers.splice(0).map((each) => each.close())));
}
