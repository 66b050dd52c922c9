import { startApp, type TestApp } from '../../harness/app.ts';
import { freePort } from '../../harness/free-port.ts';
import type { TestClock } from '../../harness/test-clock.ts';
import { until } from '../../harness/until.ts';
import { startKamailio } from '../../peers/kamailio.ts';
import { passwordOf, SERVER } from '../../peers/kamailio-config.ts';
import { type Phone, type PhoneOptions, startPhone } from '../../peers/phone.ts';
import { type Asked, addCaller, type Caller } from '../caller.ts';

/** A server that calls through a PBX or directly, a user, and a number that leads to a trunk. */
export interface SipStage {
  readonly app: TestApp;
  readonly env: Readonly<Record<string, string>>;
  readonly caller: Caller;
  /** On this machine, for numbers without a registered phone. */
  readonly trunkPort: number;
  /** A phone with this name or number. */
  startPhone(options: PhoneOptions): Promise<Phone>;
  /** Opens a call of a user whose phone is at this address. @returns the id */
  call(from: string, callee: string, asked?: Asked, node?: Pick<TestApp, 'url'>): Promise<string>;
  /** Waits until no leg of any call is saved. */
  nothingLeft(seconds?: number): Promise<unknown>;
}

export const TRUNK_NUMBER = '+442079460999';

/** Phones are registered at Kamailio, which challenges the server too. */
export async function startBehindPbx(env: Record<string, string> = {}, clock?: TestClock): Promise<SipStage> {
  const trunkPort = await freePort();
  const { address } = await startKamailio({ trunk: `sip:127.0.0.1:${trunkPort}` });
  const stage = await start(
    trunkPort,
    {
      SIP_PROXY: `sip:${address}`,
      SIP_USERNAME: SERVER,
      SIP_PASSWORD: passwordOf(SERVER),
      ...env,
    },
    clock,
  );
  return {
    ...stage,
    startPhone: (options) =>
      startPhone({ registrar: address, password: passwordOf(options.name), ...options }),
  };
}

/** The server calls the phones directly. */
export async function startDirect(env: Record<string, string> = {}, clock?: TestClock): Promise<SipStage> {
  const trunkPort = await freePort();
  const address = `sip:{number}@127.0.0.1:${trunkPort}`;
  const stage = await start(
    trunkPort,
    { SIP_CALLER_ADDRESS: address, SIP_CALLEE_ADDRESS: address, ...env },
    clock,
  );
  return { ...stage, startPhone };
}

async function start(
  trunkPort: number,
  settings: Record<string, string>,
  clock: TestClock | undefined,
): Promise<Omit<SipStage, 'startPhone'>> {
  const env = { CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0', ...settings };
  const app = await startApp(env, clock);
  const caller = await addCaller(app, 'caller');
  return {
    ...{ app, env, caller, trunkPort },
    async call(from, callee, asked, node = app) {
      await app.sql('UPDATE users SET sip_address = $1', [from]);
      return caller.open(node, callee, asked);
    },
    nothingLeft: (seconds) =>
      until('no leg is left', async () => (await app.sql('SELECT FROM carried_legs')).length === 0, seconds),
  };
}

/** Waits until both phones have received new packets. */
export async function hearEachOther(...phones: readonly Phone[]): Promise<void> {
  const received = () => Promise.all(phones.map(async (phone) => (await phone.rtp()).received));
  const before = await received();
  await until('both hear', async () =>
    (await received()).every((count, which) => count >= (before[which] ?? 0) + 25),
  );
}
