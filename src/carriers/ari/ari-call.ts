import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../platform/logger.ts';
import type { CarriedCall, Report } from '../carrier.ts';
import { AriError } from './ari-client.ts';
import type { CallChannels } from './call-channels.ts';
import * as endings from './call-endings.ts';
import { createLeg, type LegEnd } from './leg.ts';
import type { Recordings } from './recordings.ts';
import { LEGS, type LegName } from './resource-names.ts';

/** A request for a channel that has just ended may be refused so long before the event of its end arrives. */
const END_WITHIN_MS = 1_000;

/** After that time the event is considered lost. */
const READY_WITHIN_MS = 1_000;

export interface AriCallDeps {
  readonly channels: CallChannels;
  readonly recordings: Recordings;
  readonly report: Report;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** The call has ended and needs no more events. */
  ended(): void;
  /** Asterisk may still have some of its channels. */
  mayBeOrphaned(): void;
}

export type AriCall = ReturnType<typeof createAriCall>;

/**
 * One call, as a sequence of steps: each creates what does not exist yet, and waits for the phones. A call that another
 * process left takes the same steps, since each may have been done before, and repeated reports change nothing.
 */
export function createAriCall(call: CarriedCall, deps: AriCallDeps) {
  const { channels, recordings, report, log } = deps;
  const legs = { caller: createLeg(), callee: createLeg() };
  /** Legs whose channel exists, or has existed. */
  const placed = new Set<LegName>();
  let connected = call.state === 'connected';
  let phase: 'active' | 'ended' | 'handed over' = 'active';
  let placing: Promise<void> = Promise.resolve();
  let begun = false;

  function begin(): void {
    if (begun || phase !== 'active') return;
    begun = true;
    run().catch(endingOf).then(end);
  }

  async function run(): Promise<endings.Ending> {
    if (connected) return converse();
    await place('caller');
    const unanswered = await answerOf('caller');
    if (unanswered) return endings.endingOfUnanswered('caller', unanswered);
    await proceed(channels.ring);
    await place('callee');
    const first = await Promise.race([
      legs.caller.ended.then(endings.endingOfAbandoned),
      answerOf('callee').then((end) => end && endings.endingOfUnanswered('callee', end)),
    ]);
    if (first) return first;
    await proceed(channels.connect);
    connected = true;
    reportProgress({ state: 'connected' });
    return converse();
  }

  async function converse(): Promise<endings.Ending> {
    if (call.recordingEnabled) await proceed(() => recordings.start(call)).catch(failRecording);
    return untilHangUp();
  }

  /** Creates a channel and dials it in one step: nothing would dial it later. */
  function place(leg: LegName): Promise<void> {
    const dialled = placed.has(leg);
    placing = proceed(async () => {
      if (!dialled) await channels.create(leg);
      placed.add(leg);
      if (phase === 'ended') return cleanUp();
      report(call.id, { state: leg === 'caller' ? 'callingCaller' : 'callingCallee' });
      if (dialled) return;
      await Promise.race([legs[leg].ready, legs[leg].ended, sleep(READY_WITHIN_MS)]);
      await channels.dial(leg);
    }).catch((error) => {
      throw error instanceof AriError && error.status !== undefined ? new NotPlaced(leg, error) : error;
    });
    return placing;
  }

  /** @returns the end of a channel that was not answered; undefined once it is answered */
  function answerOf(leg: LegName): Promise<LegEnd | undefined> {
    return Promise.race([legs[leg].answered.then(() => undefined), legs[leg].ended]);
  }

  async function untilHangUp(): Promise<endings.Ending> {
    const first = await Promise.race([legs.caller.ended, legs.callee.ended]);
    const lost = first.cause === undefined;
    if (lost && call.recordingEnabled && !(await recordings.exists(call.id).catch(() => true)))
      failRecording();
    return endings.endingOfConnected(first);
  }

  /** Takes a step. Never resolves if the call is over. */
  async function proceed(act: () => Promise<unknown>): Promise<void> {
    if (phase !== 'active') return new Promise(() => {});
    await act();
  }

  async function endingOf(error: unknown): Promise<endings.Ending> {
    if (phase === 'active') log.warn({ err: error, callId: call.id }, 'ari: call failed');
    if (error instanceof NotPlaced) return endings.endingOfFailure(error.leg);
    if (!(error instanceof AriError) || error.status === undefined) return endings.endingOfLost(connected);
    return Promise.race([
      legs.caller.ended.then(endings.endingOfAbandoned),
      legs.callee.ended.then((end) => endings.endingOfUnanswered('callee', end)),
      sleep(END_WITHIN_MS, endings.FAILED),
    ]);
  }

  function reportProgress(progress: Parameters<Report>[1]): void {
    if (phase === 'active') report(call.id, progress);
  }

  function failRecording(error?: unknown): void {
    log.warn({ err: error, callId: call.id }, 'ari: call is not recorded');
    reportProgress({ recordingResult: 'fail' });
  }

  function end(ending: endings.Ending): void {
    reportProgress(ending);
    stop();
  }

  function stop(): void {
    if (phase !== 'active') return;
    phase = 'ended';
    deps.ended();
    cleanUp();
  }

  async function cleanUp(): Promise<void> {
    const hungUp = await Promise.allSettled(LEGS.map(channels.hangUp));
    const silent = call.recordingEnabled ? [recordings.stop(call.id)] : [];
    const removed = await Promise.allSettled([...silent, channels.removeBridge()]);
    if ([...hungUp, ...removed].some(({ status }) => status === 'rejected')) deps.mayBeOrphaned();
  }

  return {
    legs,
    begin,
    end,
    failRecording,

    /**
     * Reads the channels from Asterisk after a time without events. Starts a call that another process left.
     * @throws AriError
     */
    async readState(): Promise<void> {
      if (connected) await channels.watchBridge();
      for (const leg of begun ? placed : LEGS) {
        const state = await channels.find(leg);
        if (state === undefined) {
          if (begun || isExpected(leg)) legs[leg].end(undefined);
        } else {
          placed.add(leg);
          // it may have been dialled; dialling it again might ring twice
          if (!begun && state === 'Down') legs[leg].end(undefined);
          legs[leg].setState(state);
        }
        if (!begun && isExpected(leg)) placed.add(leg);
      }
      begin();
    },

    hangUp: stop,

    /** Resolves when a phone that is being called has been dialled. */
    async handOver(): Promise<void> {
      if (phase === 'active') phase = 'handed over';
      await placing.catch(() => {});
    },
  };

  function isExpected(leg: LegName): boolean {
    return leg === 'caller' ? call.state !== 'initiating' : connected || call.state === 'callingCallee';
  }
}

/** Asterisk refused to call this phone. */
class NotPlaced extends Error {
  readonly leg: LegName;

  constructor(leg: LegName, cause: AriError) {
    super(cause.message, { cause });
    this.leg = leg;
  }
}
