import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../harness/browser.ts';
import { afterFile } from '../harness/clean-up.ts';
import { postCall, stopCall } from '../web/classic/call.ts';

/** A call that was acknowledged; times in milliseconds, as this process saw them. */
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
  /** Requests answered with 503, or not at all. */
  readonly failed: number;
  /** What the last of these came to. */
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
/** Before it is tried again: callers must not keep the machine from starting what they wait for. */
const RETRY_MS = 50;

/** Callers that open and end calls without a pause, each over any node; what fails they try again, as a client would. */
export function startTraffic(node: (index: number) => string, tokens: readonly string[]): CallTraffic {
  const log = { calls: [] as LoggedCall[], refused: 0, failed: 0, lastFailure: '', wrong: [] as string[] };
  let stopping = false;
  let abandoned = false;
  afterFile(() => {
    abandoned = true; // by a campaign that has failed
  });

  const random = () => ({ url: node(Math.floor(Math.random() * 2)) });

  /** @returns the answer; undefined when there was none, or 503 */
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
    const answer = await ask(() => postCall(random(), token), 201, 409);
    if (answer?.status === 409) log.refused++;
    if (answer?.status !== 201) return undefined;
    const id = new URL(answer.location).searchParams.get('token_call') ?? '';
    const call = { id, askedAt, openedAt: performance.now() };
    log.calls.push(call);
    return call;
  }

  /** 409: it has ended, by an earlier attempt or by the sweep. */
  async function end(token: string, call: LoggedCall): Promise<void> {
    call.endAskedAt = performance.now();
    while (!abandoned && !(await ask(() => stopCall(random(), token, call.id), 200, 409)));
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

/**
 * How many calls were ongoing at once for sure, by the acknowledgements alone: from when it was opened until somebody
 * asked for its end, or its lease may have been over.
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
