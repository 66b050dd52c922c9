import {
  createGuardedClient,
  RequestFailed,
  type ResponseHead,
} from '../../../platform/outbound/guarded-client.ts';
import type { GuardedRequest } from '../../../platform/outbound/outbound-request.ts';
import { readRetryAfter } from './retry-after.ts';

const TIMEOUT_MS = 15_000;

/** A POST request. */
export interface OutboundRequest extends Pick<GuardedRequest, 'url' | 'headers'> {
  readonly body: string;
}

/** The result of one request. */
export interface SendResult {
  readonly ok: boolean;
  /** Status of the response; null if there was none. */
  readonly status: number | null;
  /** Error message for the delivery log; null if the request succeeded. Contains nothing of the request or the response. */
  readonly problem: string | null;
  /** Seconds after which the receiver wants to be asked again; null if it did not say so. */
  readonly retryAfter: number | null;
  /** Whether the receiver did not answer in time; null if the attempt says nothing about the receiver. */
  readonly timedOut: boolean | null;
  readonly milliseconds: number;
}

type Result = Omit<SendResult, 'ok' | 'milliseconds'>;

export interface Sender {
  /**
   * Sends a POST request. Resolves within the timeout, and at once when `signal` is aborted. Never rejects.
   */
  send(request: OutboundRequest, signal?: AbortSignal): Promise<SendResult>;
}

export interface SenderSettings {
  readonly allowHosts: readonly string[];
  /** From the DNS look-up to the status line of the response. */
  readonly timeoutMs?: number;
}

/** Sends requests to URLs that clients choose. A response with 2xx is a success. */
export function createSender({ allowHosts, timeoutMs = TIMEOUT_MS }: SenderSettings): Sender {
  const client = createGuardedClient({ allowHosts, timeoutMs });

  return {
    async send(request, signal) {
      const started = performance.now();
      const result = await client
        .send({ method: 'POST', ...request }, signal)
        .then(checkResponse, checkError);
      return {
        ...result,
        ok: result.problem === null,
        milliseconds: Math.round(performance.now() - started),
      };
    },
  };
}

function checkResponse({ status, headers }: ResponseHead): Result {
  if (status >= 200 && status < 300) return { status, problem: null, retryAfter: null, timedOut: false };
  const redirect = status >= 300 && status < 400;
  return {
    status,
    problem: `answered ${status}${redirect ? ': redirects are not followed' : ''}`,
    retryAfter: readRetryAfter(headers['retry-after'], new Date()),
    timedOut: false,
  };
}

function checkError(error: unknown): Result {
  if (!(error instanceof RequestFailed)) throw error;
  return { status: null, problem: error.message, retryAfter: null, timedOut: error.timedOut };
}
