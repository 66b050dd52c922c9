import { NameAddrHeader } from '../../vendor/sip.js/grammar/name-addr-header.js';
import { URI } from '../../vendor/sip.js/grammar/uri.js';

/** A parsed field in the form that sip.js uses. */
type Parsed = unknown;

const USER = String.raw`[\w.+~!*'()-]+`;
const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?';
const TOKEN = String.raw`[\w.+~!*'-]+`;
const ADDRESS = new RegExp(
  `^(sips?):(?:(${USER})@)?(${HOST})(?::(\\d{1,5}))?((?:;${TOKEN}(?:=${TOKEN})?)*)$`,
);
const NAMED_ADDRESS = new RegExp(`^(?:"([^"\\\\]*)" ?)?<([^<>]+)>(?:;tag=(${TOKEN}))?$`);
const VIA = new RegExp(`^SIP/2\\.0/(UDP|TCP|TLS) (${HOST})(?::(\\d{1,5}))?((?:;${TOKEN}(?:=${TOKEN})?)*)$`);
const CALL_ID = new RegExp(`^${TOKEN}(?:@${TOKEN})?$`);
const CSEQ = /^(\d{1,9}) (INVITE|ACK|BYE|CANCEL|OPTIONS|PRACK|UPDATE|REGISTER|INFO|NOTIFY)$/;
const STATUS_LINE = /^SIP\/2\.0 (\d{3}) ([\w ]*)$/;
/** The grammar treats these address parameters in a special way. */
const SPECIAL_PARAMETERS = ['ttl', 'method', 'maddr'];

/** Reads the usual form of a field, by the name of its rule in the grammar; undefined for every other form. */
const READERS: Readonly<Record<string, (text: string) => Parsed>> = {
  SIP_URI: readAddress,
  From: readNamedAddress,
  To: readNamedAddress,
  Contact: readSingleAddress,
  Record_Route: readSingleAddress,
  Via: readVia,
  CSeq: readCSeq,
  Call_ID: (text) => (CALL_ID.test(text) ? text : undefined),
  Content_Length: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
  Max_Forwards: (text) => (/^\d{1,3}$/.test(text) ? Number(text) : undefined),
  Request_Response: readStatusLine,
  Content_Type: (text) => (text === 'application/sdp' ? text : undefined),
};

/**
 * Parses the usual form of a field with a regular expression: the grammar takes 20 times as long, and would cost more than
 * everything else in a call.
 * @param rule the name of its rule in the grammar
 * @returns what the grammar would return; undefined for an unusual form, which the grammar parses
 */
export function parseUsual(text: string, rule: string): Parsed {
  return READERS[rule]?.(text);
}

function readAddress(text: string): URI | undefined {
  const [all, scheme, user, host, port, rest = ''] = ADDRESS.exec(text) ?? [];
  if (all === undefined || scheme === undefined || host === undefined) return undefined;
  const parameters: Record<string, string | null> = {};
  for (const [name, value] of parametersOf(rest)) {
    if (SPECIAL_PARAMETERS.includes(name) || (name === 'lr' && value !== undefined) || name in parameters)
      return undefined;
    parameters[name] = (name === 'transport' || name === 'user' ? value?.toLowerCase() : value) ?? null;
  }
  // the grammar leaves a missing user or port undefined, although the types of sip.js do not say so
  return new URI(scheme, user as string, host, port === undefined ? undefined : Number(port), parameters);
}

function parametersOf(text: string): (readonly [string, string | undefined])[] {
  if (text === '') return [];
  return text
    .slice(1)
    .split(';')
    .map((parameter) => {
      const [name = '', value] = parameter.split('=');
      return [name.toLowerCase(), value] as const;
    });
}

function readNamedAddress(text: string): NameAddrHeader | undefined {
  const [, name, address, tag] = NAMED_ADDRESS.exec(text) ?? [];
  const uri = address === undefined ? undefined : readAddress(address);
  return uri && new NameAddrHeader(uri, name as string, tag === undefined ? {} : { tag });
}

/** Reads a field with a single value without parameters. */
function readSingleAddress(text: string): Parsed {
  const parsed = text.endsWith('>') ? readNamedAddress(text) : undefined;
  return parsed && [{ position: text.length, offset: 0, parsed }];
}

function readVia(text: string): Parsed {
  const [, transport, host, port, rest = ''] = VIA.exec(text) ?? [];
  if (host === undefined) return undefined;
  const { branch, received, rport } = Object.fromEntries(parametersOf(rest));
  return {
    protocol: 'SIP',
    transport,
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(branch === undefined ? {} : { branch }),
    ...(received === undefined ? {} : { received }),
    ...(rport === undefined ? {} : { rport }),
  };
}

function readCSeq(text: string): Parsed {
  const [, value, method] = CSEQ.exec(text) ?? [];
  return value === undefined ? undefined : { value: Number(value), method };
}

function readStatusLine(text: string): Parsed {
  const [, code, reason] = STATUS_LINE.exec(text) ?? [];
  return code === undefined
    ? undefined
    : { sip_version: 'SIP/2.0', status_code: Number(code), reason_phrase: reason };
}
