import type { Core } from 'sip.js';
import type { SavedSession } from './saved-leg.ts';

/** No session is to be shorter (RFC 4028 section 4), unless this node is told to make shorter ones. */
const SHORTEST = 90;
/** A phone that was to refresh the session later than that would be missed by nobody; and no timer runs for ever. */
const LONGEST = 86_400;

/** What is agreed about a session's life (RFC 4028). */
export class SessionTimer {
  #interval: number;
  #refresher: SavedSession['refresher'];
  readonly #shortest: number;
  readonly #expired: () => void;
  #watch: NodeJS.Timeout | undefined;

  /** @param expired is called when the phone, who was to refresh the session, has not done so */
  constructor(session: SavedSession, expired: () => void) {
    this.#interval = session.interval;
    this.#refresher = session.refresher;
    this.#shortest = Math.min(SHORTEST, session.interval);
    this.#expired = expired;
  }

  get saved(): SavedSession {
    return { interval: this.#interval, refresher: this.#refresher };
  }

  get refreshEvery(): number | undefined {
    return this.#refresher === 'node' ? this.#interval / 2 : undefined;
  }

  /** For an INVITE of this node, which refreshes itself wherever it may. */
  get requested(): readonly string[] {
    const refresher = this.#refresher === 'node' ? 'uac' : 'uas';
    return [`Session-Expires: ${this.#interval};refresher=${refresher}`, `Min-SE: ${this.#shortest}`];
  }

  /** The phone found the interval too small. @returns false where it does not say what it wants */
  grow(refusal: Core.IncomingMessage): boolean {
    const least = Number(/^\d{1,9}/.exec(refusal.getHeader('min-se') ?? '')?.[0]);
    if (!(least > this.#interval && least <= LONGEST)) return false;
    this.#interval = least;
    return true;
  }

  /** The phone answered this node's INVITE; one that knows no session timers leaves the refreshing to this node. */
  agree(answer: Core.IncomingMessage): void {
    const { interval, refresher } = read(answer);
    this.#refresher = refresher === 'uas' ? 'phone' : 'node';
    this.#settle(interval);
  }

  /** Whether a request of the phone asks for a session that is too short: 422. */
  isTooShort(request: Core.IncomingMessage): boolean {
    return (read(request).interval ?? this.#interval) < this.#shortest;
  }

  get refusal(): readonly string[] {
    return [`Min-SE: ${this.#shortest}`];
  }

  /** The phone refreshed the session, as whom it says. @returns the lines for the 2xx */
  accept(request: Core.IncomingMessage): readonly string[] {
    const { interval, refresher } = read(request);
    const known = /\btimer\b/i.test(request.getHeaders('supported').concat(request.getHeaders('k')).join());
    if (!known) return [];
    this.#refresher = refresher === 'uac' ? 'phone' : 'node';
    this.#settle(interval);
    const who = this.#refresher === 'phone' ? 'uac' : 'uas';
    return [
      `Session-Expires: ${this.#interval};refresher=${who}`,
      ...(who === 'uac' ? ['Require: timer'] : []),
    ];
  }

  #settle(interval: number | undefined): void {
    if (interval !== undefined) this.#interval = Math.min(Math.max(interval, this.#shortest), LONGEST);
    this.watch();
  }

  /** RFC 4028 section 10: who does not refresh gives up a third of the interval, at most 32 s, before its end. */
  watch(): void {
    this.stop();
    if (this.#refresher !== 'phone') return;
    const patience = this.#interval - Math.min(32, this.#interval / 3);
    this.#watch = setTimeout(this.#expired, patience * 1000).unref();
  }

  stop(): void {
    clearTimeout(this.#watch);
  }
}

function read(message: Core.IncomingMessage) {
  const field = message.getHeader('session-expires') ?? message.getHeader('x') ?? '';
  const interval = /^\d{1,9}/.exec(field)?.[0];
  return {
    interval: interval === undefined ? undefined : Number(interval),
    refresher: /;\s*refresher\s*=\s*"?(ua[cs])/i.exec(field)?.[1]?.toLowerCase(),
  };
}
