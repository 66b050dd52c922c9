import { randomInt } from 'node:crypto';
import type { SavedDescription } from './saved-leg.ts';

/**
 * The session descriptions for one phone. They may come from several phones, but this phone sees a single session. Its version
 * increases if, and only if, the description changes (RFC 3264 section 8).
 */
export class Description {
  readonly #id: number;
  #version: number;
  #sdp: string | undefined;
  #refused = false;

  constructor(saved?: SavedDescription) {
    this.#id = saved?.id ?? randomInt(1, 2 ** 31);
    this.#version = saved?.version ?? 0;
    this.#sdp = saved?.sdp;
  }

  /** Restores the description before the last revision, which the phone refused. The next revision gets a new version. */
  revert({ sdp }: SavedDescription): void {
    this.#sdp = sdp;
    this.#refused = true;
  }

  get saved(): SavedDescription {
    return { id: this.#id, version: this.#version, sdp: this.#sdp };
  }

  /** @returns the description with the session id and version for this phone */
  revise(sdp: string): string {
    const lines = sdp.split(/\r?\n/).filter((line) => line !== '');
    const origin = lines.find((line) => line.startsWith('o='));
    const address = /(IN IP[46] \S+)$/.exec(origin ?? '')?.[1] ?? 'IN IP4 0.0.0.0';
    const rest = lines.filter((line) => !/^[vos]=/.test(line));
    const before = this.#sdp?.split('\r\n').slice(3).join('\r\n');
    if (before !== `${rest.join('\r\n')}\r\n` || this.#refused) this.#version++;
    this.#refused = false;
    const own = ['v=0', `o=clicktocall ${this.#id} ${this.#version} ${address}`, 's=-'];
    this.#sdp = `${[...own, ...rest].join('\r\n')}\r\n`;
    return this.#sdp;
  }
}
