/** How a channel ended. */
export interface LegEnd {
  /** Q.850; undefined: it was gone when Asterisk could be asked again, or Asterisk itself was another one. */
  readonly cause: number | undefined;
  /** Whether the phone is known to have rung, or was answered. */
  readonly rang: boolean;
}

/** One phone's part of a call, a channel of Asterisk's, as far as its events tell. */
export interface Leg {
  /** Resolves when the phone is answered. */
  readonly answered: Promise<void>;
  /** Resolves when the channel is no more. */
  readonly ended: Promise<LegEnd>;
  /** Asterisk says that the channel is in a state, as its REST interface spells it. */
  see(state: string): void;
  /** @param cause Q.850 */
  end(cause: number | undefined): void;
}

export function createLeg(): Leg {
  const answered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<LegEnd>();
  let rang = false;
  return {
    answered: answered.promise,
    ended: ended.promise,
    see(state) {
      rang ||= state === 'Ringing' || state === 'Up';
      if (state === 'Up') answered.resolve();
    },
    end: (cause) => ended.resolve({ cause, rang }),
  };
}
