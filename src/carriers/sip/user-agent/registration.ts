import { Core } from 'sip.js';
import type { Logger } from '../../../platform/logger.ts';
import { type Agent, readUri } from './agent.ts';
import { failureOf } from './failure-of.ts';
import type { UserAgentStatus } from './leg.ts';
import { token } from './sip-js-repairs.ts';

const WANTED_SECONDS = 600;
const SHORTEST_SECONDS = 2;
/** No timer runs for ever. */
const LONGEST_SECONDS = 86_400;
const LONGEST_RETRY_SECONDS = 300;

/** Keeps a name registered with a registrar (RFC 3261 section 10.2). */
export class Registration {
  readonly #agent: Agent;
  readonly #registrar: string;
  readonly #username: string;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #callId = token();
  readonly #tag = token();
  #cseq = 0;
  #wanted = WANTED_SECONDS;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  status: UserAgentStatus['registration'] = 'registering';

  constructor(agent: Agent, registrar: string, username: string, log: Pick<Logger, 'info' | 'warn'>) {
    this.#agent = agent;
    this.#registrar = registrar;
    this.#username = username;
    this.#log = log;
    this.#register();
  }

  #register(): void {
    const { core } = this.#agent;
    const registrar = readUri(this.#registrar);
    const address = registrar.clone();
    address.user = this.#username;
    address.clearParams();
    const options = { callId: this.#callId, fromTag: this.#tag, cseq: ++this.#cseq, optionTags: ['path'] };
    const headers = [...this.#agent.headers, `Expires: ${this.#wanted}`];
    const message = core.makeOutgoingRequestMessage(
      'REGISTER',
      registrar,
      address,
      address,
      options,
      headers,
    );
    const refused = (response: Core.IncomingResponse) => {
      this.#cseq = message.cseq;
      this.#refused(response.message, message.branch);
    };
    core.register(message, {
      onAccept: (response) => {
        this.#cseq = message.cseq;
        this.#registered(response.message);
      },
      onReject: refused,
      onRedirect: refused,
    });
  }

  #registered(message: Core.IncomingMessage): void {
    if (this.status !== 'registered')
      this.#log.info({ registrar: this.#registrar }, 'Registered with the registrar');
    this.status = 'registered';
    this.#failures = 0;
    const seconds = Math.min(Math.max(this.#grantedSeconds(message), SHORTEST_SECONDS), LONGEST_SECONDS);
    // early enough for a repetition or two
    this.#again(seconds > 60 ? seconds - 30 : seconds / 2);
  }

  /** For this node's own Contact, of perhaps several (RFC 3261 section 10.2.4). */
  #grantedSeconds(message: Core.IncomingMessage): number {
    const own = this.#agent.core.configuration.contact.uri;
    for (const [index] of message.getHeaders('contact').entries()) {
      const contact: unknown = message.parseHeader('contact', index);
      if (!(contact instanceof Core.NameAddrHeader)) continue;
      const same =
        contact.uri.host === own.host && contact.uri.port === own.port && contact.uri.user === own.user;
      const seconds = Number(contact.getParam('expires') ?? Number.NaN);
      if (same && seconds > 0) return seconds;
    }
    return Number(message.getHeader('expires') ?? this.#wanted) || this.#wanted;
  }

  /** Tries again after 5 s, for as long as T1 is 500 ms, and then after twice as long each time. */
  #refused(message: Core.IncomingResponseMessage, branch: string | undefined): void {
    const least = Number(message.getHeader('min-expires') ?? 0);
    if (message.statusCode === 423 && least > this.#wanted && least <= LONGEST_SECONDS) {
      this.#wanted = least;
      this.#again(0);
      return;
    }
    const { message: failure } = failureOf(this.#agent, message, branch);
    const seconds = Math.min((Core.Timers.T1 / 100) * 2 ** this.#failures++, LONGEST_RETRY_SECONDS);
    this.status = { failure };
    this.#log.warn(
      { registrar: this.#registrar, failure, seconds },
      'The registrar does not register this node; trying again',
    );
    // not all nodes at once
    this.#again(seconds * (0.5 + Math.random() / 2));
  }

  #again(seconds: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#register(), seconds * 1000).unref();
  }

  /** Tells the registrar nothing: another node may have registered the same name, and the entry runs out by itself. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
