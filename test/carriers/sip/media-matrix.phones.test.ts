import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ending, inWords, reached } from '../../core/calls/lives.ts';
import { startApp } from '../../harness/app.ts';
import { type Phone, type PhoneOptions, startPhone } from '../../peers/phone.ts';
import { addCaller } from '../caller.ts';
import { startNumberRouter } from './number-router.ts';

type Abilities = Pick<PhoneOptions, 'codecs' | 'encryption' | 'ice'>;

const G711 = { codecs: ['PCMA/8000/1', 'PCMU/8000/1'] };
const PCMU = { codecs: ['PCMU/8000/1'] };
const G722 = { codecs: ['G722/16000/1'] };
const OPUS = { codecs: ['opus/48000/2'] };
const ALL = { codecs: ['G722/16000/1', 'PCMU/8000/1', 'PCMA/8000/1'] };
const OPTIONAL_SDES = { ...ALL, encryption: 'srtp' } as const;
const SDES = { ...ALL, encryption: 'srtp-mand' } as const;
const DTLS = { ...ALL, encryption: 'dtls_srtp' } as const;
const ICE = { ...ALL, ice: true };

/** Pairs of phones, the caller's first, and the flows that connect them. */
const TALK: readonly (readonly [title: string, Abilities, Abilities, ...flows: string[]])[] = [
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
  ['SDES with ICE on both sides', { ...SDES, ...ICE }, { ...SDES, ...ICE }, 'automatic'],
  ['DTLS-SRTP with ICE on both sides', { ...DTLS, ...ICE }, { ...DTLS, ...ICE }, 'automatic'],
];

const NOTHING_IN_COMMON: readonly (readonly [title: string, Abilities, Abilities])[] = [
  ['SDES required → plain', SDES, ALL],
  ['plain → SDES required', ALL, SDES],
  ['PCMU → G722', PCMU, G722],
];

const CALLEE = '+44207946';
let used = 100;

const callees = new Map<string, Promise<Phone>>();
const calls = [
  ...TALK.flatMap(([title, caller, callee, ...flows]) =>
    flows.map((flow) => ({ title: `${title}, ${flow}`, flow, caller, callee, talks: true })),
  ),
  ...NOTHING_IN_COMMON.map(([title, caller, callee]) => ({
    ...{ title, flow: 'automatic', caller, callee, talks: false },
  })),
].map((call) => ({ ...call, number: `${CALLEE}0${used++}` }));

for (const { number, callee } of calls)
  callees.set(number, startPhone({ ...callee, name: number, tone: 1000 }));
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
      });
      return [flow, { app, caller: await addCaller(app, 'caller') }] as const;
    }),
  ),
);

suite('two phones', { concurrency: 6 }, () => {
  for (const { title, flow, number, caller: abilities, talks } of calls) {
    test(`${title}: ${talks ? 'hear each other' : 'the callee’s does not ring'}`, async () => {
      const server = servers.get(flow);
      const callee = await callees.get(number);
      assert.ok(server && callee);
      const phone = await startPhone({ ...abilities, name: `caller${number.slice(-3)}` });
      const id = await openFrom(server, phone, number);
      if (talks) {
        await Promise.all([phone.hears(1000), callee.hears(440)]);
        assert.equal(await server.caller.end(server.app, id), 204);
      } else {
        assert.equal(inWords(await ending(server.app, id)), 'failed: calleeFailure, by carrier');
        assert.ok(
          callee.events.every(({ type }) => type === 'CALL_CLOSED'),
          'it refused without ringing',
        );
      }
      await phone.until('CALL_CLOSED');
      await Promise.all([phone.stop(), callee.stop()]);
    });
  }
});

type Server = typeof servers extends Map<string, infer Value> ? Value : never;

/** The address of the user's phone is read after the call is opened: one call after the other begins. */
let opening: Promise<unknown> = Promise.resolve();
function openFrom(server: Server, phone: Phone, number: string): Promise<string> {
  const opened = opening.then(async () => {
    await server.app.sql('UPDATE users SET sip_address = $1', [phone.uri]);
    const id = await server.caller.open(server.app, number);
    await reached(server.app, id, 'callingCaller');
    return id;
  });
  opening = opened.catch(() => {});
  return opened;
}
