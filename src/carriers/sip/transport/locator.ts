import { createHash } from 'node:crypto';
// not by name: what setServers changes would not be seen
import dns from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Hop, hostPort } from './next-hop.ts';

export type Protocol = 'udp' | 'tcp' | 'tls';

/** One address that a message can be sent to. */
export interface Target {
  readonly address: string;
  readonly port: number;
  /** Whom a certificate must be made out to: what was asked for, not what its records led to (RFC 5922 section 4). */
  readonly name: string;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

const SERVICES = { udp: '_sip._udp.', tcp: '_sip._tcp.', tls: '_sips._tcp.' } as const;
const PORTS = { udp: 5060, tcp: 5060, tls: 5061 } as const;
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 1_000;
const DNS_PATIENCE_MS = 3_000;

/**
 * Finds where a next hop is (RFC 3263; no NAPTR): by its SRV records where it is a name without a port, else by its
 * addresses. Who comes first among equals is decided by the transaction's branch, so that a CANCEL follows its INVITE,
 * even from another node.
 */
export class Locator {
  readonly #protocol: Protocol;
  readonly #family: 4 | 6;
  readonly #found = new Map<
    string,
    { readonly until: number; readonly servers: Promise<readonly Server[]> }
  >();
  readonly #failed = new Map<string, number>();

  constructor(protocol: Protocol, family: 4 | 6) {
    this.#protocol = protocol;
    this.#family = family;
  }

  /** All targets, to be tried in order. @throws Error where there is none; it names the host */
  async locate(hop: Hop, branch: string): Promise<readonly Target[]> {
    if (isIP(hop.host)) {
      return [{ address: hop.host, port: hop.port ?? PORTS[this.#protocol], name: hop.host }];
    }
    const servers = await this.#remember(hop);
    const targets = inOrder(servers, branch).map(({ host, port }) => ({
      address: host,
      port,
      name: hop.host,
    }));
    return [
      ...targets.filter((each) => !this.#isDown(each)),
      ...targets.filter((each) => this.#isDown(each)),
    ];
  }

  /** It comes last for a while. */
  failed(target: Target): void {
    if (this.#failed.size >= MOST_REMEMBERED) this.#failed.clear();
    this.#failed.set(hostPort(target.address, target.port), Date.now() + REMEMBERED_MS);
  }

  #isDown(target: Target): boolean {
    return (this.#failed.get(hostPort(target.address, target.port)) ?? 0) > Date.now();
  }

  #remember(hop: Hop): Promise<readonly Server[]> {
    const key = hostPort(hop.host, hop.port);
    const known = this.#found.get(key);
    if (known !== undefined && known.until > Date.now()) return known.servers;
    if (this.#found.size >= MOST_REMEMBERED) this.#found.clear();
    const servers = this.#look(hop);
    this.#found.set(key, { until: Date.now() + REMEMBERED_MS, servers });
    servers.catch(() => this.#found.delete(key));
    return servers;
  }

  async #look({ host, port }: Hop): Promise<readonly Server[]> {
    const records = port === undefined ? await srvRecords(SERVICES[this.#protocol] + host) : [];
    if (records.length === 0) return this.#addresses(host, port ?? PORTS[this.#protocol], 0, 0);
    // RFC 2782: a single record of "." says that the service is decidedly not offered
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

/** No records where the name has none, and where nobody answers: the name may be known to this machine alone. */
async function srvRecords(name: string) {
  let timer: NodeJS.Timeout | undefined;
  const impatient = new Promise<[]>((resolve) => {
    timer = setTimeout(resolve, DNS_PATIENCE_MS, []);
  });
  return Promise.race([dns.resolveSrv(name).catch(() => []), impatient]).finally(() => clearTimeout(timer));
}

/** By priority, and among equals by weight (RFC 2782): the hash stands for the dice, so that they fall the same again. */
function inOrder(servers: readonly Server[], branch: string): readonly Server[] {
  const rank = new Map(
    servers.map((server) => {
      const hash = createHash('sha256').update(`${branch} ${server.host} ${server.port}`).digest();
      const chance = (hash.readUInt32BE() + 1) / 2 ** 32;
      // weighted random order: the smallest of -ln(u)/weight is each server with a probability by its weight
      return [server, -Math.log(chance) / (server.weight || 1e-3)] as const;
    }),
  );
  return [...servers].sort((a, b) => a.priority - b.priority || (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
}
