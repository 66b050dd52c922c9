import type { InviteOptions, SavedLeg } from '@clicktocall/sip';
import { fillTemplate } from '../address-template.ts';
import type { CarriedCall } from '../carrier.ts';
import type { SipConfig } from './sip-config.ts';

/** The address of one phone of a call, and the caller ID that it shows. */
export type LegAddress = Omit<InviteOptions, 'offer'>;

type Templates = Pick<
  SipConfig,
  'callerAddress' | 'calleeAddress' | 'calleeId' | 'callerId' | 'assertedIdentity'
>;

/** RFC 3261 section 8.1.1.3. */
const ANONYMOUS = { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' };
const E164 = /^\+[1-9]\d{1,14}$/;

/** The user's own phone, which shows the callee's number. Undefined for a user with neither number nor address. */
export function callerAddress(call: CarriedCall, templates: Templates): LegAddress | undefined {
  const to = call.sipAddress ?? fill(templates.callerAddress, call.caller, call);
  const uri = fill(templates.calleeId, call.callee, call);
  if (to === undefined || uri === undefined || !E164.test(call.callee)) return undefined;
  return { to, from: { uri, displayName: call.callee }, headers: [] };
}

/** The callee's phone, which shows the caller in the form that the trunk requires. Undefined if the callee is not a number. */
export function calleeAddress(call: CarriedCall, templates: Templates): LegAddress | undefined {
  const to = fill(templates.calleeAddress, call.callee, call);
  if (to === undefined) return undefined;
  const { callerId, assertedIdentity } = templates;
  const uri = fill(callerId, call.caller, call);
  const asserted = assertedIdentity && fill(assertedIdentity, call.caller, call);
  return {
    to,
    from: uri === undefined ? ANONYMOUS : { uri },
    headers: asserted ? [`P-Asserted-Identity: <${asserted}>`] : [], // RFC 3325 section 9.1
  };
}

/** The address of a phone whose new call takes the place of one that it has answered. A phone that cannot do this refuses (420). */
export function inPlaceOf(saved: SavedLeg, { from, ...address }: LegAddress): LegAddress {
  if (saved.phase !== 'confirmed') throw new Error('only an answered call can be replaced');
  const { callId, remoteTag, localTag } = saved;
  const replaces = `Replaces: ${callId};to-tag=${remoteTag};from-tag=${localTag}`; // RFC 3891 section 3
  return {
    ...address,
    from: { ...from, uri: withOtherPort(from.uri) },
    headers: [...address.headers, replaces, 'Require: replaces'],
  };
}

/** The same caller ID in another form: linphone refuses a second call from the same address. */
function withOtherPort(uri: string): string {
  const [, address = uri, port, parameters = ''] =
    /^(sips?:(?:[^@]*@)?(?:\[[^\]]*\]|[^:;?]*))(:\d+)?(.*)$/i.exec(uri) ?? [];
  const other = port === undefined ? `:${/^sips:/i.test(uri) ? 5061 : 5060}` : '';
  return `${address}${other}${parameters}`;
}

/** Fills in only numbers in E.164 form, because any other text could change the rest of the address. */
function fill(template: string, number: string | null, { userName }: CarriedCall): string | undefined {
  const isNumber = number !== null && E164.test(number);
  return fillTemplate(template, { number: isNumber ? number : null, name: userName });
}
