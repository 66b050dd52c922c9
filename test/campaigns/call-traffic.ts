import { setTimeout as sleep } from 'node:timers/promises';
import { CallLimitReached } from '../../src/core/calls/limit-errors.ts';
import type { Answer } from '../harness/browser.ts';
import { afterFile } from '../harness/clean-up.ts';
import { deleteCall } from '../web/api/call.ts';
import { stopCall } from '../web/classic/call.ts';
import { deleteCall as terminateCall } from '../web/click-to-dial/call.ts';
import { callIdOf, OPENING_APIS, post, statusIn } from '../web/opening/apis.ts';

/** An acknowledged call; times in milliseconds, by the clock of this process. */
export interface LoggedCall {
  readonly id: string;
  readonly askedAt: number;
  readonly openedAt: number;
  /** When its end was first requested. */
  endAskedAt?: number;
  /** When that was acknowledged. */
  endedAt?: number;
}

export interface CallLog {
  readonly calls: readonly LoggedCall[];
  /** Opens that the limit refused. */
  readonly refused: number;
  /** Requests with status 503 or without a response. */
  readonly failed: number;
  /** The last of these failures. */
  readonly lastFailure: string;
  /** Unexpected responses. */
  readonly wrong: readonly string[];
}

export interface CallTraffic {
  readonly log: CallLog;
  /** Ends after the ongoing calls were ended. */
  stop(): Promise<void>;
}

const CALLERS = 8;
const LONGEST_CALL_MS = 60;
const PAUSE_MS = 10;
/** Delay before a retry, so that callers do not slow down the restart that they wait for. */
const RETRY_MS = 50;
/** By each API, with the answers to the first request and to a later one. */
const WAYS_TO_END = [
  { endCall: deleteCall, answers: [204] },
  { endCall: terminateCall, answers: [204, 409] },
  { endCall: stopCall, answers: [200] },
] as const;

/** Callers that open and end calls without a pause, by any API on any node, and retry failed requests like a client. */
export function startTraffic(node: (index: number) => string, tokens: readonly string[]): CallTraffic {
  const log = { calls: [] as LoggedCall[], refused: 0, failed: 0, lastFailure: '', wrong: [] as string[] };
  let stopping = false;
  let abandoned = false;
  afterFile(() => {
    abandoned = true; // by a campaign that has failed
  });

  const random = () => ({ url: node(Math.floor(Math.random() * 2)) });

  /** @returns the response; undefined without one, or with status 503 */
  async function ask(request: () => Promise<Answer>, ...expected: readonly number[]) {
    const answer = await request().catch((error: Error) => error);
    if (!(answer instanceof Error) && expected.includes(answer.status)) return answer;
    log.failed++;
    log.lastFailure = answer instanceof Error ? String(answer.cause) : `${answer.status} ${answer.text}`;
    if (!(answer instanceof Error) && answer.status !== 503) log.wrong.push(log.lastFailure);
    await sleep(RETRY_MS);
    return undefined;
  }

  async function open(token: string): Promise<LoggedCall | undefined> {
    const askedAt = performance.now();
    const api = anyOf(OPENING_APIS);
    const answer = await ask(() => post(random(), api, token), 201, statusIn(api, CallLimitReached));
    if (answer && answer.status !== 201) log.refused++;
    if (answer?.status !== 201) return undefined;
    const call = { id: callIdOf(answer), askedAt, openedAt: performance.now() };
    log.calls.push(call);
    return call;
  }

  async function end(token: string, call: LoggedCall): Promise<void> {
    call.endAskedAt = performance.now();
    const { endCall, answers } = anyOf<(typeof WAYS_TO_END)[number]>(WAYS_TO_END);
    while (!abandoned && !(await ask(() => endCall(random(), token, call.id), ...answers)));
    call.endedAt = performance.now();
  }

  async function callOn(token: string): Promise<void> {
    while (!stopping && !abandoned) {
      const call = await open(token);
      await sleep(Math.random() * (call ? LONGEST_CALL_MS : PAUSE_MS));
      if (call) await end(token, call);
    }
  }

  const callers = Array.from({ length: CALLERS }, (_, n) => callOn(tokens[n % tokens.length] ?? ''));
  return {
    log,
    async stop() {
      stopping = true;
      await Promise.all(callers);
    },
  };
}

function anyOf<T>(list: readonly [T, ...T[]]): T {
  return list[Math.floor(Math.random() * list.length)] ?? list[0];
}

/**
 * The maximum number of calls that were certainly ongoing at once, by the acknowledgements: each call from its opening until its end
 * was requested, or its lease may have expired.
 */
export function mostAcknowledged({ calls }: CallLog, leaseMs: number): number {
  const changes = calls
    .map(({ askedAt, openedAt, endAskedAt = Number.POSITIVE_INFINITY }) => ({
      from: openedAt,
      to: Math.min(endAskedAt, askedAt + leaseMs),
    }))
    .filter(({ from, to }) => from < to)
    .flatMap(({ from, to }) => [
      { at: from, change: 1 },
      { at: to, change: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.change - b.change);
  let ongoing = 0;
  return changes.reduce((most, { change }) => {
    ongoing += change;
    return Math.max(most, ongoing);
  }, 0);
}
