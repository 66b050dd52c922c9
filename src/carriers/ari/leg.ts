/** How a channel ended. */
export interface LegEnd {
  /** Q.850; undefined: it was gone when Asterisk could be asked again, or Asterisk itself was another one. */
  readonly cause: number | undefined;
  /** Whether the phone is known to have rung, or was answered. */
  readonly rang: boolean;
}

/** One phone's part of a call, a channel of Asterisk's, as far as its events tell. */
export interface Leg {
  /** Resolves when the channel takes orders, which it does not as soon as it is there. */
  readonly ready: Promise<void>;
  /** Resolves when the phone is answered. */
  readonly answered: Promise<void>;
  /** Resolves when the channel is no more. */
  readonly ended: Promise<LegEnd>;
  getReady(): void;
  /** Asterisk says that the channel is in a state, as its REST interface spells it. */
  see(state: string): void;
  /** Whoever hangs up says why. @param cause Q.850, or what Asterisk has for its own part */
  seeHangUp(cause: number): void;
  /** @param cause Q.850 */
  end(cause: number | undefined): void;
}

/** Q.850: normal clearing. Asterisk says this also of a phone that refuses before Asterisk is done with dialling it. */
const NORMAL_CLEARING = 16;
/** Not of Q.850, but Asterisk's word for a hang-up of its own. */
const BY_ASTERISK = 32;

export function createLeg(): Leg {
  const ready = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<LegEnd>();
  let rang = false;
  let why: number | undefined;
  return {
    ready: ready.promise,
    answered: answered.promise,
    ended: ended.promise,
    getReady: ready.resolve,
    see(state) {
      rang ||= state === 'Ringing' || state === 'Up';
      if (state === 'Up') answered.resolve();
    },
    seeHangUp(cause) {
      if (cause !== BY_ASTERISK) why = cause;
    },
    end: (cause) => ended.resolve({ cause: cause === NORMAL_CLEARING ? (why ?? cause) : cause, rang }),
  };
}
