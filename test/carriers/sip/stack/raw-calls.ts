import type { SipConfig } from '../../../../src/carriers/sip/sip-config.ts';
import { PHONE_SDP, RawPhone } from './raw-phone.ts';
import { type HeardLeg, OFFER, prepare, startAgent, type TestAgent } from './stack-setup.ts';

/** Milliseconds: 25 times as fast as the RFC has it. */
export const T1 = 20;

/** A leg whose INVITE the phone has received. */
export async function ringUp(agent: TestAgent, phone: RawPhone, offer: string | null = OFFER) {
  const heard = prepare(agent, phone.uri, offer);
  const answered = heard.leg.call();
  answered.catch(() => {});
  return { ...heard, answered, invite: await phone.next('INVITE') };
}

/** A leg that has been answered and acknowledged. */
export async function connect(
  headers: readonly string[] = [],
  config: Partial<SipConfig> = {},
): Promise<HeardLeg & { agent: TestAgent; phone: RawPhone; invite: string }> {
  const [agent, phone] = [await startAgent(config, { t1: T1 }), await RawPhone.start()];
  const { answered, ...rest } = await ringUp(agent, phone);
  phone.respond(rest.invite, '200 OK', { sdp: PHONE_SDP, headers });
  (await answered).ack();
  await phone.next('ACK');
  return { agent, phone, ...rest };
}
