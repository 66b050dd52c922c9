import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ending, inWords, reached } from '../../core/calls/lives.ts';
import { startApp } from '../../harness/app.ts';
import { type LinphoneOptions, startLinphone } from '../../peers/linphone.ts';
import { type PhoneOptions, startPhone } from '../../peers/phone.ts';
import { startTwinkle } from '../../peers/twinkle.ts';
import { addCaller } from '../caller.ts';
import { DATA_EXCEPTION, refuseRows } from '../refusals.ts';
import { startNumberRouter } from './number-router.ts';

/** A phone that says a tone. */
interface Talker {
  readonly uri: string;
  hears(pitch: number): Promise<unknown>;
  /** Waits until its call is over. */
  closed(): Promise<unknown>;
  /** Whether it has rung. */
  hasRung(): boolean;
  stop(): Promise<void>;
}

type Start = (name: string, tone: number) => Promise<Talker>;

const baresip =
  (abilities: Pick<PhoneOptions, 'codecs' | 'encryption' | 'ice'>): Start =>
  async (name, tone) => {
    const phone = await startPhone({ ...abilities, name, tone });
    return {
      ...phone,
      closed: () => phone.until('CALL_CLOSED'),
      hasRung: () => phone.events.some(({ type }) => type !== 'CALL_CLOSED'),
    };
  };

const linphone =
  (abilities: Omit<LinphoneOptions, 'name' | 'tone'>): Start =>
  async (name, tone) => {
    const phone = await startLinphone({ ...abilities, name, tone });
    return { ...phone, hasRung: () => phone.output().includes('incoming call') };
  };

const twinkle: Start = async (name, tone) => {
  const phone = await startTwinkle({ name, tone });
  return { ...phone, hasRung: () => phone.output().includes('incoming call') };
};

const PCMU_ONLY = { codecs: ['PCMU/8000/1'] };
const WIDE = { codecs: ['G722/16000/1', 'PCMU/8000/1', 'PCMA/8000/1'] };
const ALL = baresip(WIDE);
const G711 = baresip({ codecs: ['PCMA/8000/1', 'PCMU/8000/1'] });
const PCMU = baresip(PCMU_ONLY);
const G722 = baresip({ codecs: ['G722/16000/1'] });
const OPUS = baresip({ codecs: ['opus/48000/2'] });
const OPTIONAL_SDES = baresip({ ...WIDE, encryption: 'srtp' });
const SDES = baresip({ ...WIDE, encryption: 'srtp-mand' });
const DTLS = baresip({ ...WIDE, encryption: 'dtls_srtp' });
const ICE = baresip({ ...WIDE, ice: true });
const SDES_ICE = baresip({ ...WIDE, ice: true, encryption: 'srtp-mand' });
const DTLS_ICE = baresip({ ...WIDE, ice: true, encryption: 'dtls_srtp' });
const LINPHONE = linphone({});
const LINPHONE_OPTIONAL_SDES = linphone({ encryption: 'srtp' });
const LINPHONE_SDES = linphone({ encryption: 'srtp', mandatory: true });
const LINPHONE_DTLS = linphone({ encryption: 'dtls', mandatory: true });

/** Pairs of phones, the caller's first, and the flows that connect them. */
const TALK: readonly (readonly [title: string, Start, Start, ...flows: string[]])[] = [
  ['all codecs → PCMA and PCMU', ALL, G711, 'automatic', 'early-offer'],
  ['PCMA and PCMU → PCMU', G711, PCMU, 'automatic', 'early-offer'],
  ['G722 → G722', G722, G722, 'automatic', 'early-offer'],
  ['Opus → Opus', OPUS, OPUS, 'automatic', 'early-offer'],
  ['SDES required → SDES optional', SDES, OPTIONAL_SDES, 'automatic'],
  ['SDES optional → SDES required', OPTIONAL_SDES, SDES, 'automatic'],
  ['SDES optional → plain', OPTIONAL_SDES, ALL, 'automatic'],
  ['SDES required on both sides', SDES, SDES, 'automatic'],
  ['DTLS-SRTP required on both sides', DTLS, DTLS, 'automatic'],
  ['ICE on both sides', ICE, ICE, 'automatic'],
  ['SDES with ICE on both sides', SDES_ICE, SDES_ICE, 'automatic'],
  ['DTLS-SRTP with ICE on both sides', DTLS_ICE, DTLS_ICE, 'automatic'],
  ['linphone, all plain → PCMU', LINPHONE, PCMU, 'automatic', 'early-offer'],
  ['linphone, SDES optional → plain', LINPHONE_OPTIONAL_SDES, G711, 'automatic'],
  ['linphone, plain → SDES required', LINPHONE, SDES, 'automatic'],
  ['linphone, SDES required → SDES required', LINPHONE_SDES, SDES, 'automatic'],
  ['SDES required → linphone, SDES required', SDES, LINPHONE_SDES, 'automatic'],
  ['linphone, DTLS-SRTP required on both sides', LINPHONE_DTLS, LINPHONE_DTLS, 'automatic'],
  ['twinkle → PCMU', twinkle, PCMU, 'automatic', 'early-offer'],
  ['all codecs → twinkle', ALL, twinkle, 'automatic', 'early-offer'],
];

const NOTHING_IN_COMMON: readonly (readonly [title: string, Start, Start])[] = [
  ['SDES required → plain', SDES, ALL],
  ['linphone, SDES required → plain', LINPHONE_SDES, ALL],
  ['plain → SDES required', ALL, SDES],
  ['PCMU → G722', PCMU, G722],
];

const CALLEE = '+44207946';
const CALLER_ID = 'sip:+442079460000@127.0.0.1';
let used = 100;

const callees = new Map<string, Promise<Talker>>();
const calls = [
  ...TALK.flatMap(([title, caller, callee, ...flows]) =>
    flows.map((flow) => ({ title: `${title}, ${flow}`, flow, caller, callee, talks: true })),
  ),
  ...NOTHING_IN_COMMON.map(([title, caller, callee]) => ({
    ...{ title, flow: 'automatic', caller, callee, talks: false },
  })),
].map((call) => ({ ...call, number: `${CALLEE}0${used++}` }));

for (const { number, callee } of calls) callees.set(number, callee(number, 1000));
const routes = await Promise.all(
  [...callees].map(async ([number, phone]) => ({
    to: number.replace('+', '\\+'),
    port: Number(/:(\d+)$/.exec((await phone).uri)?.[1]),
  })),
);
const router = await startNumberRouter(routes);
const servers = new Map(
  await Promise.all(
    ['automatic', 'early-offer'].map(async (flow) => {
      const app = await startApp({
        ...{ CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0', SIP_FLOW: flow },
        SIP_CALLEE_ADDRESS: `sip:{number}@${router.address}`,
        SIP_CALLER_ADDRESS: 'sip:{number}@127.0.0.1:9',
        // as for a trunk that takes one caller ID only
        ...{ SIP_CALLEE_ID: CALLER_ID, SIP_CALLER_ID: CALLER_ID },
      });
      // nothing is remembered: each call is the first one to its phones
      await refuseRows(app, 'sip_flows', 'true', DATA_EXCEPTION);
      return [flow, { app, caller: await addCaller(app, 'caller') }] as const;
    }),
  ),
);

suite('two phones', { concurrency: 6 }, () => {
  for (const { title, flow, number, caller, talks } of calls) {
    test(`${title}: ${talks ? 'hear each other' : 'the callee’s does not ring'}`, async () => {
      const server = servers.get(flow);
      const callee = await callees.get(number);
      assert.ok(server && callee);
      const phone = await caller(`caller${number.slice(-3)}`, 440);
      const id = await openFrom(server, phone, number);
      if (talks) {
        await Promise.all([phone.hears(1000), callee.hears(440)]);
        assert.equal(await server.caller.end(server.app, id), 204);
      } else {
        assert.equal(inWords(await ending(server.app, id)), 'failed: noCommonMedia, by carrier');
        assert.ok(!callee.hasRung());
      }
      await phone.closed();
      await Promise.all([phone.stop(), callee.stop()]);
    });
  }
});

type Server = typeof servers extends Map<string, infer Value> ? Value : never;

/** The address of the user's phone is read after the call is opened: one call after the other begins. */
let opening: Promise<unknown> = Promise.resolve();
function openFrom(server: Server, phone: Talker, number: string): Promise<string> {
  const opened = opening.then(async () => {
    await server.app.sql('UPDATE users SET sip_address = $1', [phone.uri]);
    const id = await server.caller.open(server.app, number);
    await reached(server.app, id, 'callingCaller');
    return id;
  });
  opening = opened.catch(() => {});
  return opened;
}
