import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../platform/logger.ts';
import type { CarriedCall, Report } from '../carrier.ts';
import { AriError } from './ari-client.ts';
import type { CallChannels } from './call-channels.ts';
import * as endings from './call-endings.ts';
import { createLeg, type LegEnd } from './leg.ts';
import { LEGS, type LegName } from './names.ts';
import type { Recordings } from './recordings.ts';

/** A request for a channel that has just ended may be refused before its end is heard. */
const END_HEARD_WITHIN_MS = 1_000;

/** When nothing is heard of it for so long, the event was lost. */
const READY_WITHIN_MS = 1_000;

export interface AriCallParts {
  readonly channels: CallChannels;
  readonly recordings: Recordings;
  readonly report: Report;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** It has ended; nothing more is to be told to it. */
  ended(): void;
  /** Something of it may be left in Asterisk. */
  leftOver(): void;
}

export type AriCall = ReturnType<typeof createAriCall>;

/**
 * One call: a course that creates whatever is not there yet and waits for what the phones do. Over channels that another
 * process left it is the same course, since each of its steps may have been done before, and reports that come twice
 * change nothing.
 */
export function createAriCall(call: CarriedCall, parts: AriCallParts) {
  const { channels, recordings, report, log } = parts;
  const legs = { caller: createLeg(), callee: createLeg() };
  /** Legs whose channel is there, or was. */
  const placed = new Set<LegName>();
  let connected = call.state === 'connected';
  let fate: 'goes on' | 'ended' | 'let go' = 'goes on';
  let placing: Promise<void> = Promise.resolve();
  let begun = false;

  function begin(): void {
    if (begun || fate !== 'goes on') return;
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
    tell({ state: 'connected' });
    return converse();
  }

  async function converse(): Promise<endings.Ending> {
    if (call.recordingEnabled) await proceed(() => recordings.start(call)).catch(failRecording);
    return untilHangUp();
  }

  /** Rings a phone, in one go: a channel that was made and never dialled would be nobody's. */
  function place(leg: LegName): Promise<void> {
    const dialled = placed.has(leg);
    placing = proceed(async () => {
      if (!dialled) await channels.create(leg);
      placed.add(leg);
      if (fate === 'ended') return cleanUp();
      report(call.id, { state: leg === 'caller' ? 'callingCaller' : 'callingCallee' });
      if (dialled) return;
      await Promise.race([legs[leg].ready, legs[leg].ended, sleep(READY_WITHIN_MS)]);
      await channels.dial(leg);
    }).catch((error) => {
      throw error instanceof AriError && error.status !== undefined ? new NotPlaced(leg, error) : error;
    });
    return placing;
  }

  /** @returns the end of a phone that was not answered before */
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

  /** Nothing more is done for a call that is over. */
  async function proceed(act: () => Promise<unknown>): Promise<void> {
    if (fate !== 'goes on') return new Promise(() => {});
    await act();
  }

  async function endingOf(error: unknown): Promise<endings.Ending> {
    if (fate === 'goes on') log.warn({ err: error, callId: call.id }, 'a call failed');
    if (error instanceof NotPlaced) return endings.endingOfFailure(error.leg);
    if (!(error instanceof AriError) || error.status === undefined) return endings.endingOfLost(connected);
    return Promise.race([
      legs.caller.ended.then(endings.endingOfAbandoned),
      legs.callee.ended.then((end) => endings.endingOfUnanswered('callee', end)),
      sleep(END_HEARD_WITHIN_MS, endings.FAILED),
    ]);
  }

  function tell(progress: Parameters<Report>[1]): void {
    if (fate === 'goes on') report(call.id, progress);
  }

  function failRecording(error?: unknown): void {
    log.warn({ err: error, callId: call.id }, 'a call is not recorded');
    tell({ recordingResult: 'fail' });
  }

  function end(ending: endings.Ending): void {
    tell(ending);
    stop();
  }

  function stop(): void {
    if (fate !== 'goes on') return;
    fate = 'ended';
    parts.ended();
    cleanUp();
  }

  async function cleanUp(): Promise<void> {
    const hungUp = await Promise.allSettled(LEGS.map(channels.hangUp));
    const silent = call.recordingEnabled ? [recordings.stop(call.id)] : [];
    const removed = await Promise.allSettled([...silent, channels.removeBridge()]);
    if ([...hungUp, ...removed].some(({ status }) => status === 'rejected')) parts.leftOver();
  }

  return {
    legs,
    begin,
    end,
    failRecording,

    /**
     * Sees what is there, after a time in which nothing was heard of it; and begins, over what another process left.
     * @throws AriError
     */
    async look(): Promise<void> {
      if (connected) await channels.watchBridge();
      for (const leg of begun ? placed : LEGS) {
        const state = await channels.find(leg);
        if (state === undefined) {
          if (begun || isExpected(leg)) legs[leg].end(undefined);
        } else {
          placed.add(leg);
          // Nobody knows whether it was dialled; to dial it again might ring twice.
          if (!begun && state === 'Down') legs[leg].end(undefined);
          legs[leg].see(state);
        }
        if (!begun && isExpected(leg)) placed.add(leg);
      }
      begin();
    },

    hangUp: stop,

    /** Resolves when what was under way is done: a phone that is being called, is called. */
    async handOver(): Promise<void> {
      if (fate === 'goes on') fate = 'let go';
      await placing.catch(() => {});
    },
  };

  function isExpected(leg: LegName): boolean {
    return leg === 'caller' ? call.state !== 'initiating' : connected || call.state === 'callingCallee';
  }
}

/** Asterisk refuses to ring this phone. */
class NotPlaced extends Error {
  readonly leg: LegName;

  constructor(leg: LegName, cause: AriError) {
    super(cause.message, { cause });
    this.leg = leg;
  }
}
