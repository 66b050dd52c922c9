import { PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import type { UserAgentConfig } from '../src/user-agent/user-agent.ts';
import { type ObservedLeg, OFFER, prepare, startAgent, type TestAgent } from './test-agent.ts';

/** Milliseconds: 25 times as fast as in RFC 3261. */
export const T1 = 20;

/** A leg whose INVITE the phone has received. */
export async function ringUp(agent: TestAgent, phone: RawPhone, offer: string | null = OFFER) {
  const heard = prepare(agent, phone.uri, offer);
  const answered = heard.leg.call();
  answered.catch(() => {});
  return { ...heard, answered, invite: await phone.next('INVITE') };
}

/** A leg that was answered and acknowledged. */
export async function connect(
  headers: readonly string[] = [],
  config: Partial<UserAgentConfig> = {},
): Promise<ObservedLeg & { agent: TestAgent; phone: RawPhone; invite: string }> {
  const [agent, phone] = [await startAgent(config, { t1: T1 }), await RawPhone.start()];
  const { answered, ...rest } = await ringUp(agent, phone);
  phone.respond(rest.invite, '200 OK', { sdp: PHONE_SDP, headers });
  (await answered).ack();
  await phone.next('ACK');
  return { agent, phone, ...rest };
}
