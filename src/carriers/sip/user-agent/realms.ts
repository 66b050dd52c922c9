import type { Core } from 'sip.js';
import type { SipConfig } from '../sip-config.ts';
import { readUri } from './agent.ts';

/**
 * Whose challenges are met. Whoever is called can ask for a digest, and try passwords on what it gets: it is for those
 * alone that the password was made for, known by their realm.
 */
export class Realms {
  readonly #known: Set<string>;
  readonly #proxy: boolean;
  /** Whether the realm has been told, or heard from who may tell it. */
  #settled: boolean;

  constructor({ proxy, registrar, realm }: Pick<SipConfig, 'proxy' | 'registrar' | 'realm'>) {
    const hosts = [proxy, registrar].flatMap((uri) => (uri === undefined ? [] : [readUri(uri).host]));
    this.#known = new Set(realm === undefined ? hosts : [...hosts, realm]);
    this.#proxy = proxy !== undefined;
    this.#settled = realm !== undefined;
  }

  /**
   * Whether a 401 or 407 may be met. The registrar says what its realm is, and so does the proxy, which asks before any
   * phone has heard of the call: the first 407 is its own.
   * @param asked the method of the request that was challenged
   */
  trust(realm: string, asked: string, status: number): boolean {
    const told = asked === 'REGISTER' || (status === 407 && this.#proxy && !this.#settled);
    if (told) {
      this.#known.add(realm);
      this.#settled = true;
    }
    return this.#known.has(realm);
  }
}

/** Leaves out the challenge of somebody whose realm is not trusted. @returns that realm */
export function refuseChallenge(
  realms: Realms,
  core: Core.UserAgentCore,
  message: Core.IncomingResponseMessage,
): string | undefined {
  const { statusCode = 0, method, viaBranch } = message;
  const client = core.userAgentClients.get(viaBranch + method);
  if (client === undefined || (statusCode !== 401 && statusCode !== 407)) return undefined;
  const name = statusCode === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  const challenge = message.parseHeader(name) as { readonly realm?: unknown } | undefined;
  if (typeof challenge?.realm !== 'string') return undefined;
  if (realms.trust(challenge.realm, client.message.method, statusCode)) return undefined;
  delete message.headers[name];
  return challenge.realm;
}
