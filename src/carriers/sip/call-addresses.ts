import type { InviteOptions } from '@clicktocall/sip';
import { fillTemplate } from '../address-template.ts';
import type { CarriedCall } from '../carrier.ts';
import type { SipConfig } from './sip-config.ts';

/** Where one phone of a call is, and what it sees of who calls. */
export type LegAddress = Omit<InviteOptions, 'offer'>;

type Templates = Pick<
  SipConfig,
  'callerAddress' | 'calleeAddress' | 'calleeId' | 'callerId' | 'assertedIdentity'
>;

/** RFC 3261 section 8.1.1.3. */
const ANONYMOUS = { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' };
const E164 = /^\+[1-9]\d{1,14}$/;

/** The user's own phone, which sees the number that will be called; undefined for a user with neither number nor address. */
export function callerAddress(call: CarriedCall, templates: Templates): LegAddress | undefined {
  const to = call.sipAddress ?? fill(templates.callerAddress, call.caller, call);
  const uri = fill(templates.calleeId, call.callee, call);
  if (to === undefined || uri === undefined || !E164.test(call.callee)) return undefined;
  return { to, from: { uri, displayName: call.callee }, headers: [] };
}

/** The callee's phone, which sees the caller in the form that the trunk wants; undefined if the callee is not a number. */
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

/** Only a number in E.164 form is filled in: anything else could become another part of the address. */
function fill(template: string, number: string | null, { userName }: CarriedCall): string | undefined {
  const isNumber = number !== null && E164.test(number);
  return fillTemplate(template, { number: isNumber ? number : null, name: userName });
}
