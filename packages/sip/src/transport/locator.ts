import { createHash } from 'node:crypto';
// not by name: setServers changes the functions of this object
import dns from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Hop, hostPort, type Protocol } from './next-hop.ts';

/** One address that a message can be sent to. */
export interface Target {
  readonly address: string;
  readonly port: number;
  /** The name that a certificate must be issued for: the name looked up, not the names in its records (RFC 5922 section 4). */
  readonly name: string;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

const SERVICES = { udp: '_sip._udp.', tcp: '_sip._tcp.', tls: '_sips._tcp.' } as const;
const DEFAULT_PORTS = { udp: 5060, tcp: 5060, tls: 5061 } as const;
/** How long a DNS response is cached. */
const CACHE_MS = 30_000;
const MAX_CACHED = 1_000;
const DNS_TIMEOUT_MS = 3_000;

/**
 * Finds the addresses of a next hop (RFC 3263; no NAPTR): by the SRV records of a name without a port, otherwise by its
 * addresses. The Call-ID decides the order of equal servers, so that all requests of a leg go to the same one, even from another node.
 */
export class Locator {
  readonly #protocol: Protocol;
  readonly #family: 4 | 6;
  readonly #cache = new Map<
    string,
    { readonly until: number; readonly servers: Promise<readonly Server[]> }
  >();
  /** Until when each server that does not work comes last. */
  readonly #down = new Map<string, number>();

  constructor(protocol: Protocol, family: 4 | 6) {
    this.#protocol = protocol;
    this.#family = family;
  }

  /** @returns all targets, in the order in which to try them. @throws Error that names the host, if there is none */
  async locate(hop: Hop, callId: string): Promise<readonly Target[]> {
    if (isIP(hop.host)) {
      return [{ address: hop.host, port: hop.port ?? DEFAULT_PORTS[this.#protocol], name: hop.host }];
    }
    const servers = await this.#findServers(hop);
    const targets = inOrder(servers, callId).map(({ host, port }) => ({
      address: host,
      port,
      name: hop.host,
    }));
    return [
      ...targets.filter((each) => !this.#isDown(each)),
      ...targets.filter((each) => this.#isDown(each)),
    ];
  }

  /** The target comes last for this many milliseconds. */
  skip(target: Target, ms: number): void {
    if (this.#down.size >= MAX_CACHED) this.#down.clear();
    this.#down.set(hostPort(target.address, target.port), Date.now() + ms);
  }

  /** The target works again. */
  restore(target: Target): void {
    this.#down.delete(hostPort(target.address, target.port));
  }

  #isDown(target: Target): boolean {
    return (this.#down.get(hostPort(target.address, target.port)) ?? 0) > Date.now();
  }

  #findServers(hop: Hop): Promise<readonly Server[]> {
    const key = hostPort(hop.host, hop.port);
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > Date.now()) return cached.servers;
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    const servers = this.#lookUp(hop);
    this.#cache.set(key, { until: Date.now() + CACHE_MS, servers });
    servers.catch(() => this.#cache.delete(key));
    return servers;
  }

  async #lookUp({ host, port }: Hop): Promise<readonly Server[]> {
    const records = port === undefined ? await srvRecords(SERVICES[this.#protocol] + host) : [];
    if (records.length === 0) return this.#addresses(host, port ?? DEFAULT_PORTS[this.#protocol], 0, 0);
    // RFC 2782: a single record of "." says that the service is not offered
    if (records.length === 1 && records[0]?.name === '')
      throw new Error(`${host} offers no SIP by ${this.#protocol}`);
    const found = await Promise.allSettled(
      records.map((record) => this.#addresses(record.name, record.port, record.priority, record.weight)),
    );
    const servers = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    if (servers.length === 0) throw new Error(`no server of ${host} has an address`);
    return servers;
  }

  async #addresses(host: string, port: number, priority: number, weight: number): Promise<readonly Server[]> {
    try {
      const addresses = await dns.lookup(host, { all: true, family: this.#family });
      return addresses.map(({ address }) => ({ host: address, port, priority, weight }));
    } catch (error) {
      throw new Error(`${host} has no address: ${(error as NodeJS.ErrnoException).code ?? error}`, {
        cause: error,
      });
    }
  }
}

/** Empty if the name has no records, or if the DNS does not respond: the name may be in this machine's hosts file. */
async function srvRecords(name: string) {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<[]>((resolve) => {
    timer = setTimeout(resolve, DNS_TIMEOUT_MS, []);
  });
  return Promise.race([dns.resolveSrv(name).catch(() => []), timeout]).finally(() => clearTimeout(timer));
}

/** By priority, and among equals by weight (RFC 2782). A hash replaces the random number, so that every node gets the same order. */
function inOrder(servers: readonly Server[], callId: string): readonly Server[] {
  const rank = new Map(
    servers.map((server) => {
      const hash = createHash('sha256').update(`${callId} ${server.host} ${server.port}`).digest();
      const chance = (hash.readUInt32BE() + 1) / 2 ** 32;
      // weighted random order: each server has the smallest -ln(u)/weight with a probability in proportion to its weight
      return [server, -Math.log(chance) / (server.weight || 1e-3)] as const;
    }),
  );
  return [...servers].sort((a, b) => a.priority - b.priority || (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
}
