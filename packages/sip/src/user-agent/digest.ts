import { createHash, randomBytes } from 'node:crypto';
import { Core } from '../../vendor/sip.js/index.js';

/** RFC 8760, the best first. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA-256', 'sha256'],
  ['SHA-512-256', 'sha512-256'],
  ['MD5', 'md5'],
]);

const CHALLENGE = /\r\n(?:WWW|Proxy)-Authenticate[ \t]*:[^\r\n]*/gi;

/**
 * Removes all challenges of a 401 or 407 but the one with the best algorithm (RFC 8760 section 2.4): sip.js reads only the
 * last one.
 */
export function keepBestChallenge(raw: string): string {
  const challenges = raw.match(CHALLENGE) ?? [];
  if (challenges.length < 2) return raw;
  const algorithms = [...HASHES.keys()];
  const best = algorithms.map((name) => challenges.find((each) => algorithmOf(each) === name)).find(Boolean);
  return best === undefined ? raw : raw.replace(CHALLENGE, (each) => (each === best ? each : ''));
}

function algorithmOf(challenge: string): string {
  return (/[\s,]algorithm\s*=\s*"?([\w-]+)/i.exec(challenge)?.[1] ?? 'MD5').toUpperCase();
}

/** A challenge as the grammar of sip.js parses it. */
interface Challenge {
  readonly algorithm?: string;
  readonly realm?: string;
  readonly nonce?: string;
  readonly opaque?: string;
  readonly qop?: readonly string[];
  readonly stale?: boolean;
}

/** How many challenges of one request are answered: of a proxy and of the PBX behind it, and one whose nonce has expired. */
export const MAX_CHALLENGES = 3;

interface Credentials {
  readonly headerName: string;
  readonly nonce: string;
  readonly count: number;
  readonly value: string;
}

/**
 * Digest authentication (RFC 8760) of one request, in each realm that challenges it (RFC 3261 section 22.3). sip.js supports only MD5,
 * and one realm.
 */
export class Digest extends Core.DigestAuthentication {
  readonly #username: string;
  readonly #password: string;
  readonly #isAbandoned: (request: Core.OutgoingRequestMessage) => boolean;
  readonly #byRealm = new Map<string, Credentials>();
  #challenges = 0;

  /** @param isAbandoned whether a request must not be repeated, even with valid credentials */
  constructor(
    loggers: Core.LoggerFactory,
    { username, password }: { readonly username: string; readonly password: string },
    isAbandoned: (request: Core.OutgoingRequestMessage) => boolean,
  ) {
    super(loggers, undefined, username, undefined);
    this.#username = username;
    this.#password = password;
    this.#isAbandoned = isAbandoned;
  }

  /** @returns false if the challenge cannot be answered, or refuses the last credentials for its realm */
  override authenticate(
    request: Core.OutgoingRequestMessage,
    challenge: Challenge,
    headerName: string,
  ): boolean {
    const { algorithm = 'MD5', realm, nonce, opaque, qop } = challenge;
    const hashName = HASHES.get(algorithm);
    if (this.#isAbandoned(request) || hashName === undefined || realm === undefined || !nonce) return false;
    if (qop !== undefined && !qop.includes('auth')) return false;
    const key = `${headerName} ${realm}`;
    const before = this.#byRealm.get(key);
    if ((before && !challenge.stale) || ++this.#challenges > MAX_CHALLENGES) return false;

    const hash = (...parts: string[]) => createHash(hashName).update(parts.join(':')).digest('hex');
    const times = nonce === before?.nonce ? before.count + 1 : 1;
    const uri = request.ruri.toRaw();
    const secret = hash(this.#username, realm, this.#password);
    const target = hash(request.method, uri);
    const count = times.toString(16).padStart(8, '0');
    const clientNonce = randomBytes(12).toString('hex');
    const response = qop
      ? hash(secret, nonce, count, clientNonce, 'auth', target)
      : hash(secret, nonce, target);
    const value = [
      `Digest username=${quote(this.#username)}`,
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(uri)}`,
      `response="${response}"`,
      `algorithm=${algorithm}`,
      ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
      ...(qop ? ['qop=auth', `nc=${count}`, `cnonce="${clientNonce}"`] : []),
    ].join(', ');
    this.#byRealm.set(key, { headerName, nonce, count: times, value });
    return true;
  }

  override headers(headerName: string): string[] {
    return [...this.#byRealm.values()].flatMap((each) =>
      each.headerName === headerName ? [each.value] : [],
    );
  }
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
