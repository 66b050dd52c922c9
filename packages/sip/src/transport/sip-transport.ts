import { isIPv6 } from 'node:net';
import type { Core } from '../../vendor/sip.js/index.js';
import { Locator, type Target } from './locator.ts';
import { isOversized, isTruncated, methodLabel, redact, type Summary, summarize } from './message-text.ts';
import { checkProtocol, hostPort, nextHopOf, type Protocol, responseHopOf, stampVia } from './next-hop.ts';
import { Retransmissions } from './retransmissions.ts';
import { openStream, type Pem, type StreamEvents } from './stream-wire.ts';
import { openUdp } from './udp-wire.ts';
import { UnansweredRequests } from './unanswered-requests.ts';
import type { Direction, SipCounters, Source, Wire } from './wire.ts';

export interface ListenAddress {
  readonly protocol: Protocol;
  /** An IPv6 address in brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface SipTransportOptions {
  readonly listen: ListenAddress;
  readonly tls: Pem;
  readonly counters: SipCounters;
  /** Called with every message, without its credentials. */
  readonly trace: ((direction: Direction, peer: string, message: string) => void) | undefined;
}

/** Receives the messages that arrive. The transport catches what it throws. */
export interface Receiver {
  /** Whether a message belongs to a transaction or dialog of this node. */
  expects(summary: Summary): boolean;
  /** A message that is expected and has all mandatory fields. */
  receive(raw: string, summary: Summary): void;
  /** A message that is not expected. Handling it must be cheap. */
  receiveUnexpected(raw: string, summary: Summary): void;
  /** Whether a server transaction sent the response: it is then repeated until its ACK arrives (timer G). */
  isServerTransaction(branch: string): boolean;
}

/** If there are several servers, the next one is tried after this many retransmissions. */
const MAX_RETRANSMISSIONS_PER_SERVER = 3;
const MAX_ERRORS_KEPT = 1_000;

/**
 * The transport layer of RFC 3261 section 18, below sip.js.
 * @throws Error if the address is in use, or a certificate cannot be read
 */
export async function openTransport(options: SipTransportOptions, receiver: Receiver): Promise<SipTransport> {
  let transport: SipTransport | undefined;
  const wire = await openWire(options.listen, options.tls, {
    receive: (raw, from) => transport?.receive(raw, from),
    malformed: () => options.counters.failure('malformed'),
    connectionLost: (to) => transport?.connectionLost(to),
  });
  transport = new SipTransport(wire, options, receiver);
  return transport;
}

function openWire({ protocol, host, port }: ListenAddress, tls: Pem, events: StreamEvents): Promise<Wire> {
  const address = withoutBrackets(host);
  if (protocol === 'udp') return openUdp(address, port, familyOf(host), events.receive);
  return openStream({ host: address, port }, protocol === 'tls' ? tls : undefined, events);
}

export class SipTransport implements Core.Transport {
  /** As in Via. */
  readonly protocol: string;
  readonly port: number;
  readonly #wire: Wire;
  readonly #locator: Locator;
  readonly #options: SipTransportOptions;
  readonly #receiver: Receiver;
  readonly #retransmissions: Retransmissions;
  readonly #unanswered = new UnansweredRequests();
  readonly #errors = new Map<string, string>();
  #closed = false;

  constructor(wire: Wire, options: SipTransportOptions, receiver: Receiver) {
    this.protocol = options.listen.protocol.toUpperCase();
    this.port = wire.port;
    this.#wire = wire;
    this.#locator = new Locator(options.listen.protocol, familyOf(options.listen.host));
    this.#options = options;
    this.#receiver = receiver;
    this.#retransmissions = new Retransmissions(options.counters);
  }

  /** How many messages are being retransmitted. */
  get retransmitting(): number {
    return this.#retransmissions.size;
  }

  /** Why the request of this branch could not be sent; undefined if it was. The error can be taken once. */
  takeError(branch: string | undefined): string | undefined {
    const error = this.#errors.get(branch ?? '');
    this.#errors.delete(branch ?? '');
    return error;
  }

  /** @throws Error if the next hop cannot be found or reached; over UDP that may take some retransmissions */
  async send(raw: string): Promise<void> {
    const summary = summarize(raw);
    if (this.#closed) throw new Error('the SIP transport is closed');
    if (summary === undefined) throw new Error('the message is incomplete');
    if (summary.status !== undefined) return this.#sendResponse(raw, summary.status, summary);
    try {
      await this.#sendRequest(raw, summary);
    } catch (error) {
      this.#options.counters.failure('unreachable');
      if (this.#errors.size >= MAX_ERRORS_KEPT) this.#errors.clear();
      this.#errors.set(summary.branch, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #sendRequest(raw: string, summary: Summary): Promise<void> {
    if (summary.toTag === undefined) checkProtocol(raw, this.#options.listen.protocol);
    const hop = nextHopOf(raw);
    const targets = await this.#locator.locate(hop, summary.branch);
    let failure: unknown = new Error(`${hop.host} has no address`);
    for (const [index, target] of targets.entries()) {
      try {
        if (summary.method === 'ACK') await this.#sendTo(target, raw, summary);
        else if (this.#wire.reliable) await this.#sendOverConnection(target, raw, summary);
        else await this.#sendOverUdp(target, raw, summary, index === targets.length - 1);
        return;
      } catch (error) {
        this.#locator.failed(target);
        failure = error;
      }
    }
    throw failure;
  }

  #sendTo(target: Target, raw: string, summary: Summary): Promise<void> {
    this.#record('sent', hostPort(target.address, target.port), raw, summary);
    return this.#wire.send(raw, target);
  }

  /** Resolves with the first response. If the connection breaks before that, sends the request again on a new connection. */
  async #sendOverConnection(target: Target, raw: string, summary: Summary): Promise<void> {
    const key = summary.branch + summary.method;
    await this.#sendTo(target, raw, summary);
    try {
      await this.#unanswered.wait(key, target);
    } catch {
      await this.#sendTo(target, raw, summary);
      await this.#unanswered.wait(key, target);
    }
  }

  /** Resolves with the first response, or after 64*T1. Rejects if nothing listens at the target. */
  #sendOverUdp(target: Target, raw: string, summary: Summary, last: boolean): Promise<void> {
    const key = summary.branch + summary.method;
    return new Promise((resolve, reject) => {
      const giveUp = (error: unknown) => {
        reject(error);
        this.#retransmissions.stop(key);
      };
      this.#retransmissions.start(key, {
        method: methodLabel(summary.method),
        unbounded: summary.method === 'INVITE',
        send: (count) => {
          if (count === 1) this.#wire.probe(target).catch(giveUp);
          if (count > MAX_RETRANSMISSIONS_PER_SERVER && !last)
            giveUp(new Error(`${target.address} does not respond`));
          else this.#sendTo(target, raw, summary).catch(giveUp);
        },
        done: resolve,
      });
    });
  }

  async #sendResponse(raw: string, status: number, summary: Summary): Promise<void> {
    const hop = responseHopOf(raw);
    const send = () => {
      this.#record('sent', hostPort(hop.host, hop.port), raw, summary);
      return this.#wire.reply(raw, hop);
    };
    const needsAck = status >= 300 && summary.method === 'INVITE';
    if (!needsAck || this.#wire.reliable || !this.#receiver.isServerTransaction(summary.branch))
      return send();
    this.#retransmissions.start(finalResponseKey(summary.branch), {
      method: 'INVITE',
      send: () => void send().catch(() => {}),
    });
  }

  /** Handles a message from a socket. Never throws. */
  receive(raw: string, from: Source): void {
    if (raw.trim() === '') return; // a keep-alive
    const summary = isOversized(raw) ? undefined : summarize(raw);
    if (summary === undefined || isTruncated(raw)) {
      this.#options.counters.failure('malformed');
      return;
    }
    this.#record('received', hostPort(from.address, from.port), raw, summary);
    const { method, status, branch } = summary;
    if (status !== undefined) {
      this.#retransmissions.answered(branch + method, status);
      this.#unanswered.answered(branch + method);
    } else if (method === 'ACK') this.#retransmissions.stop(finalResponseKey(branch));
    const stamped = status === undefined ? stampVia(raw, from.address, from.port, this.#wire.reliable) : raw;
    try {
      if (this.#receiver.expects(summary)) this.#receiver.receive(stamped, summary);
      else this.#receiver.receiveUnexpected(stamped, summary);
    } catch {
      this.#options.counters.failure('malformed');
    }
  }

  connectionLost(to: Source): void {
    this.#unanswered.connectionLost(to);
  }

  #record(direction: Direction, peer: string, raw: string, { method, status }: Summary): void {
    this.#options.counters.message(direction, methodLabel(method), status);
    this.#options.trace?.(direction, peer, redact(raw));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unanswered.close();
    this.#retransmissions.close();
    await this.#wire.close();
  }
}

/** The key for retransmissions of a final response to an INVITE. */
function finalResponseKey(branch: string): string {
  return `${branch} final`;
}

function familyOf(host: string): 4 | 6 {
  return isIPv6(withoutBrackets(host)) ? 6 : 4;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
