import type { Core } from 'sip.js';
import { Locator, type Target } from './locator.ts';
import { isCut, isVerbose, methodLabel, type Summary, summarize } from './message-text.ts';
import { hostPort, nextHopOf, responseHopOf, stampVia } from './next-hop.ts';
import { familyOf, type ListenAt, openWire } from './open-wire.ts';
import type { Receiver } from './receiver.ts';
import { redact } from './redaction.ts';
import { Retransmissions } from './retransmissions.ts';
import type { Direction, SipCounters } from './sip-counters.ts';
import type { Pem } from './stream-wire.ts';
import { Unanswered } from './unanswered.ts';
import { checkTransport } from './wanted-transport.ts';
import type { Source, Wire } from './wire.ts';

export interface SipTransportOptions {
  readonly listen: ListenAt;
  readonly tls: Pem;
  readonly counters: SipCounters;
  /** Hears every message, without credentials. */
  readonly trace: ((direction: Direction, peer: string, message: string) => void) | undefined;
}

/** Where one of several servers is silent, the next is asked after so many repetitions. */
const PATIENCE = 3;
const MOST_REMEMBERED = 1_000;

/** The transport layer of RFC 3261 section 18 under sip.js. @throws Error where the address is taken */
export async function openTransport(options: SipTransportOptions, receiver: Receiver): Promise<SipTransport> {
  let transport: SipTransport | undefined;
  const wire = await openWire(options.listen, options.tls, {
    receive: (raw, from) => transport?.receive(raw, from),
    malformed: () => options.counters.failure('malformed'),
    lost: (to) => transport?.lost(to),
  });
  transport = new SipTransport(wire, options, receiver);
  return transport;
}

export class SipTransport implements Core.Transport {
  /** As it stands in Via. */
  readonly protocol: string;
  readonly port: number;
  readonly #wire: Wire;
  readonly #locator: Locator;
  readonly #options: SipTransportOptions;
  readonly #receiver: Receiver;
  readonly #retransmissions: Retransmissions;
  readonly #unanswered = new Unanswered();
  readonly lost = (to: Source) => this.#unanswered.lost(to);
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

  get repeating(): number {
    return this.#retransmissions.size;
  }

  /** Why a request of this branch did not leave, once; undefined where nothing is known of it. */
  takeError(branch: string | undefined): string | undefined {
    const error = this.#errors.get(branch ?? '');
    this.#errors.delete(branch ?? '');
    return error;
  }

  /** @throws Error where the next hop cannot be found or reached; over UDP perhaps only after some repetitions */
  async send(raw: string): Promise<void> {
    const summary = summarize(raw);
    if (this.#closed) throw new Error('this node has ended');
    if (summary === undefined) throw new Error('not a complete message');
    if (summary.status !== undefined) return this.#respond(raw, summary.status, summary);
    try {
      await this.#request(raw, summary);
    } catch (error) {
      this.#options.counters.failure('unreachable');
      if (this.#errors.size >= MOST_REMEMBERED) this.#errors.clear();
      this.#errors.set(summary.branch, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #request(raw: string, summary: Summary): Promise<void> {
    if (summary.toTag === undefined) checkTransport(raw, this.#options.listen.protocol);
    const hop = nextHopOf(raw);
    const targets = await this.#locator.locate(hop, summary.branch);
    let failure: unknown = new Error(`${hop.host} has no address`);
    for (const [index, target] of targets.entries()) {
      try {
        if (summary.method === 'ACK') await this.#put(raw, summary, target);
        else if (this.#wire.reliable) await this.#entrust(raw, summary, target);
        else await this.#repeat(raw, summary, target, index === targets.length - 1);
        return;
      } catch (error) {
        this.#locator.failed(target);
        failure = error;
      }
    }
    throw failure;
  }

  #put(raw: string, summary: Summary, target: Target): Promise<void> {
    this.#note('sent', hostPort(target.address, target.port), raw, summary);
    return this.#wire.send(raw, target);
  }

  /** Resolves with the first response. Tries again where the connection breaks before: it may have been broken already. */
  async #entrust(raw: string, summary: Summary, target: Target): Promise<void> {
    const key = summary.branch + summary.method;
    await this.#put(raw, summary, target);
    try {
      await this.#unanswered.wait(key, target);
    } catch {
      await this.#put(raw, summary, target);
      await this.#unanswered.wait(key, target);
    }
  }

  /** Resolves with the first response, or when it is given up; rejects where nobody is there. */
  #repeat(raw: string, summary: Summary, target: Target, last: boolean): Promise<void> {
    const key = summary.branch + summary.method;
    return new Promise((resolve, reject) => {
      const giveUp = (error: unknown) => {
        reject(error);
        this.#retransmissions.stop(key);
      };
      this.#retransmissions.start(key, {
        method: methodLabel(summary.method),
        unlimited: summary.method === 'INVITE',
        send: (count) => {
          if (count === 1) this.#wire.probe(target).catch(giveUp);
          if (count > PATIENCE && !last) giveUp(new Error(`${target.address} is silent`));
          else this.#put(raw, summary, target).catch(giveUp);
        },
        done: resolve,
      });
    });
  }

  async #respond(raw: string, status: number, summary: Summary): Promise<void> {
    const hop = responseHopOf(raw);
    const put = () => {
      this.#note('sent', hostPort(hop.host, hop.port), raw, summary);
      return this.#wire.reply(raw, hop);
    };
    const final = status >= 300 && summary.method === 'INVITE';
    if (!final || this.#wire.reliable || !this.#receiver.isServerTransaction(summary.branch)) return put();
    const send = () => void put().catch(() => {});
    this.#retransmissions.start(`${summary.branch} final`, { method: 'INVITE', send });
  }

  /** Takes a message from a socket. Whatever it is, nothing is thrown and nothing is kept of it here. */
  receive(raw: string, from: Source): void {
    if (raw.trim() === '') return; // a keep-alive
    const summary = isVerbose(raw) ? undefined : summarize(raw);
    if (summary === undefined || isCut(raw)) {
      this.#options.counters.failure('malformed');
      return;
    }
    this.#note('received', hostPort(from.address, from.port), raw, summary);
    const { method, status, branch } = summary;
    if (status !== undefined) {
      this.#retransmissions.answered(branch + method, status);
      this.#unanswered.answered(branch + method);
    } else if (method === 'ACK') this.#retransmissions.stop(`${branch} final`);
    const stamped = status === undefined ? stampVia(raw, from.address, from.port, this.#wire.reliable) : raw;
    try {
      if (this.#receiver.expects(summary)) this.#receiver.receive(stamped, summary);
      else this.#receiver.turnAway(stamped, summary);
    } catch {
      this.#options.counters.failure('malformed');
    }
  }

  #note(direction: Direction, peer: string, raw: string, { method, status }: Summary): void {
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
