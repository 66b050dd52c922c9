/** How a channel ended. */
export interface LegEnd {
  /** Q.850; undefined: the channel no longer existed after a reconnect, or after a restart of Asterisk. */
  readonly cause: number | undefined;
  /** Whether the phone is known to have rung, or was answered. */
  readonly rang: boolean;
}

/** One phone of a call: the state of its channel, from the events of Asterisk. */
export interface AriLeg {
  /** Resolves when the channel accepts requests, which is some time after it was created. */
  readonly ready: Promise<void>;
  /** Resolves when the phone is answered. */
  readonly answered: Promise<void>;
  /** Resolves when the channel has ended. */
  readonly ended: Promise<LegEnd>;
  setReady(): void;
  /** @param state of the channel, as Asterisk's REST interface spells it */
  setState(state: string): void;
  /** One side hung up. @param cause Q.850, or Asterisk's own code */
  setHangUpCause(cause: number): void;
  /** @param cause Q.850 */
  end(cause: number | undefined): void;
}

/** Q.850: normal clearing. Asterisk also gives it to a phone that refuses while Asterisk is dialling it. */
const NORMAL_CLEARING = 16;
/** Asterisk's own code, not in Q.850: Asterisk itself hung up. */
const BY_ASTERISK = 32;

export function createLeg(): AriLeg {
  const ready = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<LegEnd>();
  let rang = false;
  let hangUpCause: number | undefined;
  return {
    ready: ready.promise,
    answered: answered.promise,
    ended: ended.promise,
    setReady: ready.resolve,
    setState(state) {
      rang ||= state === 'Ringing' || state === 'Up';
      if (state === 'Up') answered.resolve();
    },
    setHangUpCause(cause) {
      if (cause !== BY_ASTERISK) hangUpCause = cause;
    },
    end: (cause) =>
      ended.resolve({ cause: cause === NORMAL_CLEARING ? (hangUpCause ?? cause) : cause, rang }),
  };
}
