/** The parts of a message that are read without the parser. */
export interface Summary {
  readonly method: string;
  /** Undefined for a request. */
  readonly status: number | undefined;
  /** Of the topmost Via: it identifies the transaction. */
  readonly branch: string;
  readonly callId: string;
  readonly fromTag: string | undefined;
  /** Undefined for a request outside of a dialog. */
  readonly toTag: string | undefined;
}

const METHODS: ReadonlySet<string> = new Set([
  ...['ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'MESSAGE', 'NOTIFY', 'OPTIONS'],
  ...['PRACK', 'PUBLISH', 'REFER', 'REGISTER', 'SUBSCRIBE', 'UPDATE'],
]);

const START = /^(?:SIP\/2\.0 ([1-6]\d\d) [^\r\n]*|([A-Za-z0-9.!%*_+`'~-]+) \S+ SIP\/2\.0)\r\n/;
const END_OF_HEAD = '\r\n\r\n';
const MAX_HEAD_LENGTH = 8_192;
const MAX_LINES = 100;

/** The method as a label of metrics: a known one, or `other`. */
export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'other';
}

/** Splits a message into its head, with folded lines joined (RFC 3261 section 7.3.1), and its body. */
export function splitMessage(raw: string): { readonly head: string; readonly body: string } {
  const end = raw.indexOf(END_OF_HEAD);
  if (end < 0) return { head: raw, body: '' };
  const head = raw.slice(0, end);
  return {
    head: /\r\n[ \t]/.test(head) ? head.replace(/\r\n[ \t]+/g, ' ') : head,
    body: raw.slice(end + END_OF_HEAD.length),
  };
}

const fields = new Map<string, RegExp>();

/** The first value of a header field; `names` are its names, such as `Via|v`. */
export function readField(head: string, names: string): string | undefined {
  let field = fields.get(names);
  if (field === undefined) {
    field = new RegExp(`\\r\\n(?:${names})[ \\t]*:[ \\t]*([^\\r\\n]*)`, 'i');
    fields.set(names, field);
  }
  return field.exec(head)?.[1];
}

/** @returns undefined if it is not a message, or lacks a mandatory field (RFC 3261 section 8.1.1) */
export function summarize(raw: string): Summary | undefined {
  const { head } = splitMessage(raw);
  const [start, status, requested] = START.exec(`${head}\r\n`) ?? [];
  const [cseq, method = ''] = /^\d{1,10}\s+(\S+)\s*$/.exec(readField(head, 'CSeq') ?? '') ?? [];
  const branch = /;\s*branch\s*=\s*([^\s;,]+)/i.exec(readField(head, 'Via|v') ?? '')?.[1];
  const callId = readField(head, 'Call-ID|i')?.trim();
  const [from, to] = [readField(head, 'From|f'), readField(head, 'To|t')];
  const complete = start && cseq && branch && callId && from && to;
  if (!complete || (requested !== undefined && requested !== method)) return undefined;
  return {
    method,
    status: status === undefined ? undefined : Number(status),
    branch,
    callId,
    fromTag: tagOf(from),
    toTag: tagOf(to),
  };
}

/** The tag of From or To, not what looks like one in the display name or in the address. */
function tagOf(value: string): string | undefined {
  const bare = value.replace(/"(?:[^"\\]|\\.)*"/g, '');
  return /;\s*tag\s*=\s*([^\s;,]+)/i.exec(bare.slice(bare.lastIndexOf('>') + 1))?.[1];
}

/** Whether the head is longer than that of any real message: the parser takes up to 15 ms for each 1,000 bytes. */
export function isOversized(raw: string): boolean {
  const end = raw.indexOf(END_OF_HEAD);
  const length = end < 0 ? raw.length : end;
  return length > MAX_HEAD_LENGTH || raw.slice(0, length).split('\r\n').length > MAX_LINES;
}

/** Whether the body is shorter than Content-Length says: the end of the datagram is missing (RFC 3261 section 18.3). */
export function isTruncated(raw: string): boolean {
  const { head, body } = splitMessage(raw);
  return Number(readField(head, 'Content-Length|l') ?? 0) > Buffer.byteLength(body);
}

/**
 * Removes secrets from a message, for the log: the responses to digest challenges, from which a password can be guessed, and the keys
 * of encrypted media (RFC 4568, and k= of RFC 4566).
 */
export function redact(raw: string): string {
  return raw
    .replace(/^((?:Proxy-)?Authorization[ \t]*:[ \t]*\S+).*(?:\r?\n[ \t].*)*$/gim, '$1 [redacted]')
    .replace(/^(a=crypto:\S+ \S+).*$/gim, '$1 [redacted]')
    .replace(/^k=.*$/gim, 'k=[redacted]');
}
