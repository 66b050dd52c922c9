import type { Scenario } from '../../peers/scenario-steps.ts';
import { answers, hangsUpAfter, refuses, refusesReInvites, rings } from '../../peers/scenarios.ts';
import { startSipp } from '../../peers/sipp.ts';
import type { CarrierSetup } from '../carrier-setup.ts';
import { startNumberRouter } from './number-router.ts';

const CALLER = 'caller';
const MANY = 100_000;
const CALLEE = '+4420794600';

/** The behaviour by the last two digits of the callee, as in the simulator. The caller's phone sees the callee, so its behaviour can depend on it. */
const CALLEES: Readonly<Record<string, Scenario>> = {
  '03': rings(),
  '04': refuses(486, 'Busy Here'),
  '05': refuses(603, 'Decline'),
  '06': refuses(404, 'Not Found'),
  '13': rings(),
  '31': hangsUpAfter(1000),
  '33': hangsUpAfter(3000),
};
const CALLERS: Readonly<Record<string, Scenario>> = {
  '07': refusesReInvites(488, 'Not Acceptable Here'),
  '10': refuses(486, 'Busy Here'),
  '11': rings(),
  '12': refuses(404, 'Not Found'),
  '13': hangsUpAfter(1500),
};

/** Phones of sipp behind Kamailio. */
export async function sipSetup(): Promise<CarrierSetup> {
  const portOf = async (scenario: Scenario) =>
    (await startSipp(scenario, { calls: MANY, args: ['-l', '1000'] })).port;
  const routes = (phones: Readonly<Record<string, Scenario>>, route: (digits: string) => object) =>
    Object.entries(phones).map(async ([digits, scenario]) => ({
      ...route(digits),
      port: await portOf(scenario),
    }));
  const answering = await portOf(answers());
  const router = await startNumberRouter(
    await Promise.all([
      ...routes(CALLERS, (digits) => ({ to: `^${CALLER}$`, from: `${digits}$` })),
      ...routes(CALLEES, (digits) => ({ to: `${digits}$` })),
      { to: '', port: answering },
    ] as Promise<{ to: string; port: number }>[]),
  );
  return {
    title: 'the carrier sip',
    name: 'sip',
    env: {
      CARRIER: 'sip',
      SIP_LISTEN: 'udp:127.0.0.1:0',
      SIP_CALLER_ADDRESS: `sip:${CALLER}@${router.address}`,
      SIP_CALLEE_ADDRESS: `sip:{number}@${router.address}`,
    },
    createClock: undefined,
    records: false,
    states: ['initiating', 'callingCaller', 'callingCallee', 'connected'],
    talks: `${CALLEE}00`,
    stays: {
      callingCaller: { callee: `${CALLEE}11`, ends: 'failed: other, by carrier' },
      callingCallee: { callee: `${CALLEE}03`, ends: 'failed: other, by carrier' },
      connected: { callee: `${CALLEE}00`, ends: undefined },
    },
    hangsUp: `${CALLEE}33`,
    ends: [
      { callee: `${CALLEE}10`, as: 'disconnected: callerBusy, by carrier' },
      { callee: `${CALLEE}11`, as: 'failed: callerNoAnswer, by carrier', ringTimeout: 1 },
      { callee: `${CALLEE}12`, as: 'failed: callerNotRegistered, by carrier' },
      { callee: `${CALLEE}13`, as: 'disconnected: callerAbandon, by carrier' },
      { callee: `${CALLEE}04`, as: 'disconnected: calleeBusy, by carrier' },
      { callee: `${CALLEE}05`, as: 'failed: calleeDeclined, by carrier' },
      { callee: `${CALLEE}03`, as: 'failed: calleeNoAnswer, by carrier', ringTimeout: 1 },
      { callee: `${CALLEE}06`, as: 'failed: calleeWrongNumber, by carrier' },
      { callee: `${CALLEE}31`, as: 'disconnected: hangUp, by carrier' },
      { callee: `${CALLEE}07`, as: 'disconnected: noCommonMedia, by carrier' },
    ],
  };
}
