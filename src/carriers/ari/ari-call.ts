import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending } from '../../core/calls/transition-store.ts';
import type { Logger } from '../../platform/logger.ts';
import { type CarriedCall, LEGS, type LegName, type Report } from '../carrier.ts';
import { AriError } from './ari-client.ts';
import { type CallChannels, NoNumber } from './call-channels.ts';
import * as endings from './call-endings.ts';
import { type AriLeg, type ChannelEnd, createLeg } from './leg.ts';
import type { Recordings } from './recordings.ts';

/** A request for a channel that has just ended may be refused this long before the event of its end arrives. */
const END_EVENT_TIMEOUT_MS = 1_000;

/** How long to wait for the event that a new channel accepts requests; after that, the event is considered lost. */
const READY_TIMEOUT_MS = 1_000;

export interface AriCallDeps {
  readonly channels: CallChannels;
  readonly recordings: Recordings;
  readonly report: Report;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** The call has ended and needs no more events. */
  ended(): void;
  /** Asterisk may still have channels of the call. */
  mayBeOrphaned(): void;
}

type Legs = Readonly<Record<LegName, AriLeg>>;

/** A call in Asterisk. */
export interface AriCall {
  readonly legs: Legs;
  /** Starts the call, once. */
  begin(): void;
  /** Reports the ending and removes the channels. */
  end(ending: Ending): void;
  /** Reports that the recording failed. */
  failRecording(error?: unknown): void;
  /** Reads the channels from Asterisk after a time without events. Starts a call that another process left. @throws AriError */
  readState(): Promise<void>;
  /** Ends the call without a report. */
  hangUp(): void;
  /** Leaves the call to another process. Resolves when a phone that is being called has been dialled. */
  handOver(): Promise<void>;
}

/**
 * Runs one call as a sequence of steps: each step creates what does not exist yet, and waits for the phones. A call that another
 * process left takes the same steps, because each step can be repeated, and repeated reports change nothing.
 */
export function createAriCall(call: CarriedCall, deps: AriCallDeps): AriCall {
  const { channels, recordings, report, log } = deps;
  const legs: Legs = { caller: createLeg(), callee: createLeg() };
  /** Legs whose channel exists, or has existed. */
  const placed = new Set<LegName>();
  /** When this process dialled a leg, in milliseconds of `performance.now`. */
  const dialled = new Map<LegName, number>();
  let connected = call.state === 'connected';
  let phase: 'active' | 'ended' | 'handed over' = 'active';
  let placing: Promise<void> = Promise.resolve();
  let begun = false;

  /** @returns a handler that assumes this answer if Asterisk gives none */
  const assume = (answer: boolean) => (err: unknown) => {
    if (!(err instanceof AriError))
      log.error({ err, callId: call.id }, 'ari: cannot read the details of an ended call');
    return answer;
  };
  const isOffline = (leg: LegName) => channels.isOffline(leg).catch(assume(false));
  const isRecorded = () => recordings.exists(call.id).catch(assume(true));

  function begin(): void {
    if (begun || phase !== 'active') return;
    begun = true;
    run()
      .catch((error) => {
        if (phase === 'active') log.warn({ err: error, callId: call.id }, 'ari: call failed');
        return endingOfError(error, { legs, connected, isOffline });
      })
      .then(end);
  }

  async function run(): Promise<Ending> {
    if (connected) return converse();
    await place('caller');
    const unanswered = await awaitAnswer(legs.caller);
    if (unanswered) return unansweredBy('caller', unanswered);
    await proceed(channels.ring);
    await place('callee');
    const ending = await Promise.race([
      legs.caller.ended.then(endings.endingOfAbandoned),
      awaitAnswer(legs.callee).then((end) => end && unansweredBy('callee', end)),
    ]);
    if (ending) return ending;
    await proceed(channels.connect);
    connected = true;
    reportProgress({ state: 'connected' });
    return converse();
  }

  async function converse(): Promise<Ending> {
    if (call.recordingEnabled) await proceed(() => recordings.start(call)).catch(failRecording);
    const { leg, end: firstEnd } = await Promise.race(
      LEGS.map((name) => legs[name].ended.then((channelEnd) => ({ leg: name, end: channelEnd }))),
    );
    if (firstEnd === 'gone' && call.recordingEnabled && !(await isRecorded())) failRecording();
    return endings.endingOfConnected(leg, firstEnd);
  }

  function unansweredBy(leg: LegName, channelEnd: ChannelEnd): Ending {
    const timedOut = performance.now() - (dialled.get(leg) ?? Infinity) >= call.ringTimeout * 1000;
    if (channelEnd !== 'gone' && phase === 'active') {
      const { sipStatus: status, q850Cause, text: reason } = channelEnd;
      log.info({ callId: call.id, leg, status, q850Cause, reason }, 'ari: phone did not answer');
    }
    return endings.endingOfUnanswered(leg, channelEnd, timedOut);
  }

  /** Creates a channel and dials it in one step, because no later step would dial it. */
  function place(leg: LegName): Promise<void> {
    const begunBefore = placed.has(leg);
    placing = proceed(async () => {
      if (!begunBefore) await channels.create(leg);
      placed.add(leg);
      if (phase === 'ended') return cleanUp(call, deps);
      report(call.id, { state: leg === 'caller' ? 'callingCaller' : 'callingCallee' });
      if (begunBefore) return;
      await Promise.race([legs[leg].ready, legs[leg].ended, sleep(READY_TIMEOUT_MS)]);
      dialled.set(leg, performance.now());
      await channels.dial(leg);
    }).catch((error) => {
      throw error instanceof AriError && error.status !== undefined ? new NotPlaced(leg, error) : error;
    });
    return placing;
  }

  /** Takes a step. Never resolves if the call is over. */
  async function proceed(step: () => Promise<unknown>): Promise<void> {
    if (phase !== 'active') return new Promise(() => {});
    await step();
  }

  function reportProgress(progress: Parameters<Report>[1]): void {
    if (phase === 'active') report(call.id, progress);
  }

  function failRecording(error?: unknown): void {
    log.warn({ err: error, callId: call.id }, 'ari: call is not recorded');
    reportProgress({ recordingResult: 'fail' });
  }

  function end(ending: Ending): void {
    reportProgress(ending);
    hangUp();
  }

  function hangUp(): void {
    if (phase !== 'active') return;
    phase = 'ended';
    deps.ended();
    void cleanUp(call, deps);
  }

  /** Whether the channel of a leg must exist if another process held the call before. */
  function isExpected(leg: LegName): boolean {
    return leg === 'caller' ? call.state !== 'initiating' : connected || call.state === 'callingCallee';
  }

  return {
    legs,
    begin,
    end,
    failRecording,
    hangUp,

    async readState() {
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

    async handOver() {
      if (phase === 'active') phase = 'handed over';
      await placing.catch(() => {}); // `run` reports it
    },
  };
}

/** @returns the end of a channel that was not answered; undefined once it is answered */
function awaitAnswer({ answered, ended }: AriLeg): Promise<ChannelEnd | undefined> {
  return Promise.race([answered.then(() => undefined), ended]);
}

/** @returns the ending of a call in which a step failed */
async function endingOfError(
  error: unknown,
  {
    legs,
    connected,
    isOffline,
  }: { legs: Legs; connected: boolean; isOffline: (leg: LegName) => Promise<boolean> },
): Promise<Ending> {
  if (error instanceof NotPlaced) {
    const { leg, cause, message } = error;
    if (cause instanceof NoNumber) return endings.endingOfNotPlaced(leg, message, 'invalidNumber');
    const offline = await isOffline(leg);
    return endings.endingOfNotPlaced(leg, message, offline ? 'notRegistered' : 'failure');
  }
  if (!(error instanceof AriError)) return endings.endingOfRefused(connected, String(error));
  if (error.status === undefined) return endings.endingOfUnreached(connected, error.message);
  return Promise.race([
    legs.caller.ended.then(endings.endingOfAbandoned),
    legs.callee.ended.then((end) => endings.endingOfUnanswered('callee', end, false)),
    sleep(END_EVENT_TIMEOUT_MS, endings.endingOfRefused(connected, error.message)),
  ]);
}

/** Removes the channels, the recording in progress and the bridge. */
async function cleanUp(
  call: CarriedCall,
  { channels, recordings, mayBeOrphaned }: AriCallDeps,
): Promise<void> {
  const hungUp = await Promise.allSettled(LEGS.map(channels.hangUp));
  const stopped = call.recordingEnabled ? [recordings.stop(call.id)] : [];
  const removed = await Promise.allSettled([...stopped, channels.removeBridge()]);
  if ([...hungUp, ...removed].some(({ status }) => status === 'rejected')) mayBeOrphaned();
}

/** Asterisk refused to call this phone. */
class NotPlaced extends Error {
  readonly leg: LegName;

  constructor(leg: LegName, cause: AriError) {
    super(cause.message, { cause });
    this.leg = leg;
  }
}
