import type { Core } from '../../vendor/sip.js/index.js';

/** What a peer says in header fields Reason (RFC 3326): a status of SIP, a cause of Q.850 (RFC 6432), and a text. */
export interface PeerReason {
  readonly sipStatus?: number | undefined;
  readonly q850Cause?: number | undefined;
  readonly text?: string | undefined;
}

/** A longer value is cut: nothing of interest is behind that. */
const MAX_LENGTH = 1_000;
const VALUES = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const PROTOCOL = /^\s*(SIP|Q\.850)\s*;/i;
const CAUSE = /;\s*cause\s*=\s*(\d{1,3})\b/i;
const TEXT = /;\s*text\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i;

/** Reads the header fields of a request or a response. The first value of each protocol counts; others are ignored. */
export function readPeerReason(message: Core.IncomingMessage): PeerReason {
  const values = message
    .getHeaders('reason')
    .flatMap((field) => field.slice(0, MAX_LENGTH).match(VALUES) ?? []);
  const of = (name: string) => values.find((each) => PROTOCOL.exec(each)?.[1]?.toUpperCase() === name);
  const [sip, q850] = [of('SIP'), of('Q.850')];
  return { sipStatus: causeOf(sip), q850Cause: causeOf(q850), text: textOf(q850) ?? textOf(sip) };
}

function causeOf(value: string | undefined): number | undefined {
  const digits = CAUSE.exec(value ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function textOf(value: string | undefined): string | undefined {
  const [, quoted, token] = TEXT.exec(value ?? '') ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? token;
}
