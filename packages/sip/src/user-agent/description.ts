import { randomInt } from 'node:crypto';
import type { SavedDescription } from './saved-leg.ts';

/**
 * The descriptions that one phone is sent. They may come from several phones, but to this one they are a single session,
 * whose version grows if, and only if, the description changes (RFC 3264 section 8).
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

  /** The phone refused the last revision. @param before what it was sent before, which stays valid and gets a new version */
  refused({ sdp }: SavedDescription): void {
    this.#sdp = sdp;
    this.#refused = true;
  }

  get saved(): SavedDescription {
    return { id: this.#id, version: this.#version, sdp: this.#sdp };
  }

  /** @returns the description as this phone must get it */
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
