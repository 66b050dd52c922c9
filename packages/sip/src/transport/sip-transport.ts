import { isIPv6 } from 'node:net';
import { Core } from '../../vendor/sip.js/index.js';
import { Locator, type Target } from './locator.ts';
import { isOversized, isTruncated, methodLabel, redact, type Summary, summarize } from './message-text.ts';
import { checkProtocol, hostPort, nextHopOf, type Protocol, responseHopOf, stampVia } from './next-hop.ts';
import { Reading } from './reading.ts';
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

const SERVICE_UNAVAILABLE = 503;
const MAX_ERRORS_KEPT = 1_000;
/** A server that gets no request for so long is tried again, whether or not it answers probes. */
const MAX_SKIP_MS = 60 * 60_000;

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
  readonly #reading = new Reading();
  /** Requests that can go to another server, with the function that sends them there. */
  readonly #movable = new Map<string, (error: Error) => void>();
  /** Called when a server does not respond, and another one takes its requests. */
  onSilent: (server: Target) => void = () => {};
  #closed = false;

  constructor(wire: Wire, options: SipTransportOptions, receiver: Receiver) {
    this.protocol = options.listen.protocol.toUpperCase();
    this.port = wire.port;
    this.#wire = wire;
    this.#locator = new Locator(options.listen.protocol, familyOf(options.listen.host));
    this.#options = options;
    this.#receiver = receiver;
    this.#retransmissions = new Retransmissions(options.counters, (act) => this.#reading.finish(act));
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

  /**
   * The servers for a request, in the order in which to try them (RFC 3263 section 4).
   * @throws Error that names the host, if there is none
   */
  async locate(
    raw: string,
    { callId, toTag }: { readonly callId: string; readonly toTag?: string | undefined },
  ): Promise<readonly Target[]> {
    if (toTag === undefined) checkProtocol(raw, this.#options.listen.protocol);
    const hop = nextHopOf(raw);
    const servers = await this.#locator.locate(hop, callId);
    if (servers.length === 0) throw new Error(`${hop.host} has no address`);
    return servers;
  }

  /** Prefers the other servers of the name: until `restore`, an hour at most, or for as long as the server asked for. */
  skip(server: Target, retryAfterMs?: number): void {
    this.#locator.skip(server, retryAfterMs ?? MAX_SKIP_MS);
    if (retryAfterMs === undefined) this.onSilent(server);
  }

  /** A server that was skipped works again. */
  restore(server: Target): void {
    this.#locator.restore(server);
  }

  /** For how many milliseconds messages have been waiting to be read. */
  backlogMs(): number {
    return this.#reading.backlogMs();
  }

  /** Calls back after this many milliseconds, and after reading what arrived in the meantime. @returns a function that cancels it */
  after(ms: number, act: () => void): () => void {
    const timer = setTimeout(() => this.#reading.finish(act), ms).unref();
    return () => clearTimeout(timer);
  }

  /**
   * @param server where a request goes; undefined or null: to the first server of its next hop that works
   * @throws Error if the next hop cannot be found or reached; over UDP that may take some retransmissions
   */
  async send(raw: string, server?: Target | null): Promise<void> {
    const summary = summarize(raw);
    if (this.#closed) throw new Error('the SIP transport is closed');
    if (summary === undefined) throw new Error('the message is incomplete');
    if (summary.status !== undefined) return this.#sendResponse(raw, summary.status, summary);
    try {
      await this.#sendRequest(raw, summary, server ? [server] : await this.locate(raw, summary));
    } catch (error) {
      this.#options.counters.failure('unreachable');
      if (this.#errors.size >= MAX_ERRORS_KEPT) this.#errors.clear();
      this.#errors.set(summary.branch, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #sendRequest(raw: string, summary: Summary, targets: readonly Target[]): Promise<void> {
    let failure: unknown;
    for (const [index, target] of targets.entries()) {
      try {
        if (summary.method === 'ACK') await this.#sendTo(target, raw, summary);
        else if (index === targets.length - 1) await this.#exchange(target, raw, summary);
        else await this.#exchangeOrMove(target, raw, summary);
        return;
      } catch (error) {
        if (targets.length > 1) this.skip(target);
        failure = error;
      }
    }
    throw failure;
  }

  #sendTo(target: Target, raw: string, summary: Summary): Promise<void> {
    this.#record('sent', hostPort(target.address, target.port), raw, summary);
    return this.#wire.send(raw, target);
  }

  #exchange(target: Target, raw: string, summary: Summary): Promise<void> {
    return this.#wire.reliable
      ? this.#sendOverConnection(target, raw, summary)
      : this.#sendOverUdp(target, raw, summary);
  }

  /** Rejects also if the server does not respond soon, or answers that it is unavailable: there is another one. */
  async #exchangeOrMove(target: Target, raw: string, summary: Summary): Promise<void> {
    const key = summary.branch + summary.method;
    const moved = Promise.withResolvers<never>();
    const cancel = this.after(silenceTimeout(), () =>
      moved.reject(new Error(`${target.address} does not respond`)),
    );
    if (summary.method !== 'INVITE') this.#movable.set(key, moved.reject);
    try {
      await Promise.race([this.#exchange(target, raw, summary), moved.promise]);
    } finally {
      cancel();
      this.#movable.delete(key);
      this.#retransmissions.stop(key);
      this.#unanswered.answered(key);
    }
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
  #sendOverUdp(target: Target, raw: string, summary: Summary): Promise<void> {
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
          this.#sendTo(target, raw, summary).catch(giveUp);
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
    this.#reading.count();
    if (raw.trim() === '') return; // a keep-alive
    const summary = isOversized(raw) ? undefined : summarize(raw);
    if (summary === undefined || isTruncated(raw)) {
      this.#options.counters.failure('malformed');
      return;
    }
    this.#record('received', hostPort(from.address, from.port), raw, summary);
    const { method, status, branch } = summary;
    const move = status === SERVICE_UNAVAILABLE ? this.#movable.get(branch + method) : undefined;
    if (move !== undefined) {
      move(new Error(`${from.address} is unavailable`));
      return;
    }
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

/** Milliseconds without any response after which another server is tried: 2 s. */
export function silenceTimeout(): number {
  return 4 * Core.Timers.T1;
}

/** Milliseconds after which a request has failed without a final response: 64*T1, 32 s (RFC 3261 section 17.1). */
export function transactionTimeout(): number {
  return 64 * Core.Timers.T1;
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
