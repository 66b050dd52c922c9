import { fillTemplate } from '../address-template.ts';
import type { CarriedCall } from '../carrier.ts';
import type { SipConfig } from './sip-config.ts';

/** Where one phone of a call is, and what it is shown of who calls. */
export interface LegAddress {
  /** SIP URI. */
  readonly to: string;
  readonly from: { readonly uri: string; readonly displayName?: string };
  /** Further lines of the INVITE's head. */
  readonly headers: readonly string[];
}

type Templates = Pick<
  SipConfig,
  'callerAddress' | 'calleeAddress' | 'calleeId' | 'callerId' | 'assertedIdentity'
>;

/** Who does not say who they are (RFC 3261 section 8.1.1.3). */
const ANONYMOUS = { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' };
const E164 = /^\+[1-9]\d{1,14}$/;

/** The user's own phone, which sees who will be called; undefined for a user who has neither number nor address. */
export function callerAddress(call: CarriedCall, templates: Templates): LegAddress | undefined {
  const to = call.sipAddress ?? fill(templates.callerAddress, call.caller, call);
  const uri = fill(templates.calleeId, call.callee, call);
  if (to === undefined || uri === undefined || !E164.test(call.callee)) return undefined;
  return { to, from: { uri, displayName: call.callee }, headers: [] };
}

/** The callee, who sees the caller as the trunk wants to be told. Undefined for what is no number. */
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

/** What is no number in E.164 form could become another part of the address. */
function fill(template: string, number: string | null, { userName }: CarriedCall): string | undefined {
  const isNumber = number !== null && E164.test(number);
  return fillTemplate(template, { number: isNumber ? number : null, name: userName });
}
