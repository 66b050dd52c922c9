import type { Core } from '../../vendor/sip.js/index.js';
import { readUri } from './message-parts.ts';

/**
 * The realms that get credentials. Every called peer can send a challenge, and guess the password offline from the response. So only
 * the proxy and the registrar get a response. Their realm identifies them.
 */
export class Realms {
  readonly #trusted: Set<string>;
  readonly #hasProxy: boolean;
  /** Whether the realm is configured, or was learned from the registrar or the proxy. */
  #known: boolean;

  constructor(config: {
    readonly proxy: string | undefined;
    readonly registrar: string | undefined;
    readonly realms: readonly string[];
  }) {
    const { proxy, registrar, realms } = config;
    const hosts = [proxy, registrar].flatMap((uri) => (uri === undefined ? [] : [readUri(uri).host]));
    this.#trusted = new Set([...hosts, ...realms]);
    this.#hasProxy = proxy !== undefined;
    this.#known = realms.length > 0;
  }

  /**
   * Whether this node may answer a 401 or 407. Learns the realms of the registrar and of the proxy. The proxy sends its challenge before
   * any phone gets the call, so the first 407 is from the proxy.
   * @param method of the request that was challenged
   */
  trusts(realm: string, method: string, status: number): boolean {
    if (method === 'REGISTER' || (status === 407 && this.#hasProxy && !this.#known)) {
      this.#trusted.add(realm);
      this.#known = true;
    }
    return this.#trusted.has(realm);
  }
}

/** Removes the challenge of a realm that is not trusted. @returns that realm */
export function removeUntrustedChallenge(
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
  if (realms.trusts(challenge.realm, client.message.method, statusCode)) return undefined;
  delete message.headers[name];
  return challenge.realm;
}
