/** Why a channel was hung up. */
export interface HangUp {
  /** Q.850, or Asterisk's own code. */
  readonly q850Cause: number;
  /** Status of the phone's SIP response, from Asterisk 22.7 on; undefined without one. */
  readonly sipStatus: number | undefined;
  /** The cause in words; undefined without any. */
  readonly text: string | undefined;
}

/** How a channel ended. `gone`: it no longer existed after a reconnect, or after a restart of Asterisk. */
export type ChannelEnd =
  | 'gone'
  | (HangUp & {
      /** Whether the phone is known to have rung, or was answered. */
      readonly rang: boolean;
    });

/** One phone of a call: the state of its channel, from the events of Asterisk. */
export interface AriLeg {
  /** Resolves when the channel accepts requests, which is some time after it was created. */
  readonly ready: Promise<void>;
  /** Resolves when the phone is answered. */
  readonly answered: Promise<void>;
  /** Resolves when the channel has ended. */
  readonly ended: Promise<ChannelEnd>;
  setReady(): void;
  /** @param state of the channel, as Asterisk's REST interface spells it */
  setState(state: string): void;
  /** One side hung up. */
  setHangUp(hangUp: HangUp): void;
  /** @param hangUp undefined: the channel no longer exists */
  end(hangUp: HangUp | undefined): void;
}

/** Q.850: normal clearing. Asterisk also gives it to a phone that refuses while Asterisk is dialling it. */
const NORMAL_CLEARING = 16;
/** Asterisk's own code, not in Q.850: Asterisk itself hung up. */
const BY_ASTERISK = 32;

export function createLeg(): AriLeg {
  const ready = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<ChannelEnd>();
  let rang = false;
  let first: HangUp | undefined;
  return {
    ready: ready.promise,
    answered: answered.promise,
    ended: ended.promise,
    setReady: ready.resolve,
    setState(state) {
      rang ||= state === 'Ringing' || state === 'Up';
      if (state === 'Up') answered.resolve();
    },
    setHangUp(hangUp) {
      if (hangUp.q850Cause !== BY_ASTERISK) first = hangUp;
    },
    end(last) {
      if (last === undefined) return ended.resolve('gone');
      const hangUp = last.q850Cause === NORMAL_CLEARING ? (first ?? last) : last;
      ended.resolve({ ...hangUp, sipStatus: last.sipStatus ?? hangUp.sipStatus, rang });
    },
  };
}
