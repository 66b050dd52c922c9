import { Core } from '../../vendor/sip.js/index.js';
import type { AgentContext, Log } from './agent-context.ts';
import { failureOf } from './failure.ts';
import { randomToken, readUri } from './message-parts.ts';

const WANTED_SECONDS = 600;
const MIN_SECONDS = 2;
/** No timer may run forever. */
const MAX_SECONDS = 86_400;
const MAX_RETRY_SECONDS = 300;

export type RegistrationStatus = 'registering' | 'registered' | { readonly failure: string };

/** Keeps a name registered at a registrar (RFC 3261 section 10.2). */
export class Registration {
  readonly #agent: AgentContext;
  readonly #registrar: string;
  readonly #username: string;
  readonly #log: Log;
  readonly #callId = randomToken();
  readonly #tag = randomToken();
  #cseq = 0;
  #wanted = WANTED_SECONDS;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  status: RegistrationStatus = 'registering';

  constructor(agent: AgentContext, registrar: string, username: string, log: Log) {
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
      this.#log.info({ registrar: this.#registrar }, 'sip: registered with the registrar');
    this.status = 'registered';
    this.#failures = 0;
    const seconds = Math.min(Math.max(this.#grantedSeconds(message), MIN_SECONDS), MAX_SECONDS);
    // early enough for a retransmission or two
    this.#registerIn(seconds > 60 ? seconds - 30 : seconds / 2);
  }

  /** Of this node's own Contact: the response may list several (RFC 3261 section 10.2.4). */
  #grantedSeconds(message: Core.IncomingMessage): number {
    const own = this.#agent.core.configuration.contact.uri;
    for (const [index] of message.getHeaders('contact').entries()) {
      const contact: unknown = message.parseHeader('contact', index);
      if (!(contact instanceof Core.NameAddrHeader)) continue;
      const isOwn =
        contact.uri.host === own.host && contact.uri.port === own.port && contact.uri.user === own.user;
      const seconds = Number(contact.getParam('expires') ?? Number.NaN);
      if (isOwn && seconds > 0) return seconds;
    }
    return Number(message.getHeader('expires') ?? this.#wanted) || this.#wanted;
  }

  /** Retries after 5 s (if T1 is 500 ms), and doubles the wait after each failure. */
  #refused(message: Core.IncomingResponseMessage, branch: string | undefined): void {
    const minimum = Number(message.getHeader('min-expires') ?? 0);
    if (message.statusCode === 423 && minimum > this.#wanted && minimum <= MAX_SECONDS) {
      this.#wanted = minimum;
      this.#registerIn(0);
      return;
    }
    const { message: failure } = failureOf(this.#agent, message, branch);
    const seconds = Math.min((Core.Timers.T1 / 100) * 2 ** this.#failures++, MAX_RETRY_SECONDS);
    this.status = { failure };
    this.#log.warn({ registrar: this.#registrar, failure, seconds }, 'sip: registration failed; will retry');
    // so that nodes that failed together do not retry together
    this.#registerIn(seconds * (0.5 + Math.random() / 2));
  }

  #registerIn(seconds: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#register(), seconds * 1000).unref();
  }

  /** Does not unregister: another node may have registered the same name. The entry expires by itself. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
