import type { Core } from '../../vendor/sip.js/index.js';
import type { SavedSession } from './saved-leg.ts';

/** Seconds of the shortest interval that is accepted (RFC 4028 section 4), unless this node is configured for a shorter one. */
const MIN_INTERVAL = 90;
/** With a longer interval, dead phones would be detected too late. */
const MAX_INTERVAL = 86_400;

/** The session timer of one dialog (RFC 4028). */
export class SessionTimer {
  #interval: number;
  #refresher: SavedSession['refresher'];
  #agreed: boolean;
  readonly #minInterval: number;
  readonly #expired: () => void;
  #expiry: NodeJS.Timeout | undefined;

  /** @param expired called if the phone does not refresh the session although it agreed to */
  constructor(session: SavedSession, expired: () => void) {
    this.#interval = session.interval;
    this.#refresher = session.refresher;
    this.#agreed = session.agreed;
    this.#minInterval = Math.min(MIN_INTERVAL, session.interval);
    this.#expired = expired;
  }

  get saved(): SavedSession {
    return { interval: this.#interval, refresher: this.#refresher, agreed: this.#agreed };
  }

  get refreshEvery(): number | undefined {
    return this.#refresher === 'node' ? this.#interval / 2 : undefined;
  }

  /** Header lines for an INVITE of this node, which refreshes the session itself if it may. */
  get requestHeaders(): readonly string[] {
    const refresher = this.#refresher === 'node' ? 'uac' : 'uas';
    return [`Session-Expires: ${this.#interval};refresher=${refresher}`, `Min-SE: ${this.#minInterval}`];
  }

  /** The phone answered 422: the interval is too short. @returns false if it does not name an acceptable one */
  extend(response: Core.IncomingMessage): boolean {
    const minimum = Number(/^\d{1,9}/.exec(response.getHeader('min-se') ?? '')?.[0]);
    if (!(minimum > this.#interval && minimum <= MAX_INTERVAL)) return false;
    this.#interval = minimum;
    return true;
  }

  /** The phone answered an INVITE of this node. If it does not support session timers, this node refreshes. */
  agree(answer: Core.IncomingMessage): void {
    const { interval, refresher } = readSessionExpires(answer);
    this.#refresher = refresher === 'uas' ? 'phone' : 'node';
    this.#agreed = interval !== undefined;
    this.#restart(interval);
  }

  /** Whether the interval in a request of the phone is too short; the response is then 422. */
  isTooShort(request: Core.IncomingMessage): boolean {
    return (readSessionExpires(request).interval ?? this.#interval) < this.#minInterval;
  }

  /** Header lines of that 422. */
  get refusalHeaders(): readonly string[] {
    return [`Min-SE: ${this.#minInterval}`];
  }

  /** The phone refreshed the session. @returns header lines for the 2xx */
  accept(request: Core.IncomingMessage): readonly string[] {
    const { interval, refresher } = readSessionExpires(request);
    const supported = /\btimer\b/i.test(
      request.getHeaders('supported').concat(request.getHeaders('k')).join(),
    );
    this.#agreed = supported;
    if (!supported) return [];
    this.#refresher = refresher === 'uac' ? 'phone' : 'node';
    this.#restart(interval);
    const role = this.#refresher === 'phone' ? 'uac' : 'uas';
    return [
      `Session-Expires: ${this.#interval};refresher=${role}`,
      ...(role === 'uac' ? ['Require: timer'] : []),
    ];
  }

  #restart(interval: number | undefined): void {
    if (interval !== undefined)
      this.#interval = Math.min(Math.max(interval, this.#minInterval), MAX_INTERVAL);
    this.start();
  }

  /** Waits for the phone's refresh until a third of the interval, at most 32 s, before its end (RFC 4028 section 10). */
  start(): void {
    this.stop();
    if (this.#refresher !== 'phone') return;
    const seconds = this.#interval - Math.min(32, this.#interval / 3);
    this.#expiry = setTimeout(this.#expired, seconds * 1000).unref();
  }

  stop(): void {
    clearTimeout(this.#expiry);
  }
}

function readSessionExpires(message: Core.IncomingMessage) {
  const field = message.getHeader('session-expires') ?? message.getHeader('x') ?? '';
  const interval = /^\d{1,9}/.exec(field)?.[0];
  return {
    interval: interval === undefined ? undefined : Number(interval),
    refresher: /;\s*refresher\s*=\s*"?(ua[cs])/i.exec(field)?.[1]?.toLowerCase(),
  };
}
