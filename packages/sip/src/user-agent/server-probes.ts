import { Core } from '../../vendor/sip.js/index.js';
import type { Target } from '../transport/locator.ts';
import { hostPort } from '../transport/next-hop.ts';
import type { AgentContext } from './agent-context.ts';
import { isFromPeer } from './failure.ts';
import { randomToken, readUri } from './message-parts.ts';

const SERVICE_UNAVAILABLE = 503;
/** Seconds between two probes if T1 is 500 ms; a probe that gets no response takes 32 s itself. */
const WAIT_IN_T1 = 10;
const MAX_PROBING_MS = 60 * 60_000;

/** Sends OPTIONS (RFC 3261 section 11) to servers that did not respond, until they do. */
export class ServerProbes {
  readonly #agent: AgentContext;
  readonly #timers = new Map<string, NodeJS.Timeout | undefined>();
  #closed = false;

  constructor(agent: AgentContext) {
    this.#agent = agent;
  }

  start(server: Target): void {
    const key = hostPort(server.address, server.port);
    if (this.#closed || this.#timers.has(key)) return;
    this.#timers.set(key, undefined);
    this.#probe(server, key, Date.now() + MAX_PROBING_MS);
  }

  #probe(server: Target, key: string, until: number): void {
    const { core, transport } = this.#agent;
    const uri = readUri(`sip:${key}`);
    const own = core.configuration.contact.uri;
    const options = { callId: randomToken(), fromTag: randomToken(), routeSet: [] };
    const message = core.makeOutgoingRequestMessage('OPTIONS', uri, own, uri, options);
    message.server = server;
    const answered = ({ message: response }: { readonly message: Core.IncomingResponseMessage }) => {
      const works = isFromPeer(response) && response.statusCode !== SERVICE_UNAVAILABLE;
      if (works) transport.restore(server);
      else transport.takeError(message.branch);
      if (works || this.#closed || Date.now() > until) this.#timers.delete(key);
      else {
        const wait = WAIT_IN_T1 * Core.Timers.T1;
        this.#timers.set(key, setTimeout(() => this.#probe(server, key, until), wait).unref());
      }
    };
    core.request(message, { onAccept: answered, onReject: answered, onRedirect: answered });
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }
}
