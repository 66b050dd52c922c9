/** The final answer of a phone was no 2xx, or none came. */
export class SipFailure extends Error {
  readonly code: number;
  readonly reason: string;
  /** No phone said so: nothing came within timer B, there is no route, no connection. */
  readonly local: boolean;

  constructor(code: number, reason: string, local = false) {
    super(`${code} ${reason}`);
    this.name = 'SipFailure';
    this.code = code;
    this.reason = reason;
    this.local = local;
  }
}
