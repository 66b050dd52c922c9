import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { AddressNotPublic, lookUpPublic } from './public-lookup.ts';
import { readRetryAfter } from './retry-after.ts';
import { isAllowedHost, isPrivateHost } from './sink-url.ts';

const TIMEOUT_MS = 15_000;
/** How much of a response body is read and discarded, and for how long. */
const MAX_RESPONSE_BYTES = 16 * 1024;
const MAX_RESPONSE_MS = 1_000;

export interface OutboundRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
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

/**
 * Sends requests to URLs that clients choose. Connects to public addresses only, and checks the resolved address that it
 * connects to (SSRF). Does not follow redirects and uses no proxy.
 */
export function createSender({ allowHosts, timeoutMs = TIMEOUT_MS }: SenderSettings): Sender {
  const agents = { http: new http.Agent(), https: new https.Agent() };

  return {
    async send(request, signal) {
      const started = performance.now();
      const url = URL.parse(request.url);
      const allowed = url !== null && isAllowedHost(url, allowHosts);
      const lookup = allowed ? undefined : lookUpPublic;
      const result = await (url && (url.protocol === 'https:' || allowed)
        ? withTimeout(timeoutMs, signal, async (abort) => {
            // Node calls `lookup` for names only, not for addresses. No name server needs to see a private name.
            if (lookup && isPrivateHost(url.hostname)) throw new AddressNotPublic();
            return post(url, { agents, lookup }, request, abort);
          }).then(checkResponse, (error) => checkError(error, timeoutMs, signal))
        : { status: null, problem: 'the URL is not https:', retryAfter: null, timedOut: false });
      return {
        ...result,
        ok: result.problem === null,
        milliseconds: Math.round(performance.now() - started),
      };
    },
  };
}

/**
 * Settles when the timeout expires or `signal` is aborted, even if `work` does not react to being aborted.
 */
async function withTimeout<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (abort: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  const timer = setTimeout(
    () => controller.abort(new DOMException('no response', 'TimeoutError')),
    timeoutMs,
  );
  const stop = () => controller.abort();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    return await Promise.race([aborted, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

interface Transport {
  readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
  /** Resolves names; undefined: Node's default. */
  readonly lookup: LookupFunction | undefined;
}

/** @returns the response, without waiting for its body */
function post(
  url: URL,
  { agents, lookup }: Transport,
  { headers, body }: OutboundRequest,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const options = {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers: { 'user-agent': 'ClickToCall', 'content-length': Buffer.byteLength(body), ...headers },
      signal,
      ...(lookup && { lookup }),
    };
    const request = (secure ? https : http).request(url, options, (response) => {
      resolve(response);
      discardBody(response);
    });
    // Without a listener Node would close the connection on a protocol upgrade without an error.
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response);
    });
    request.on('error', reject);
    request.on('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    request.end(body);
  });
}

/** Reads a short body, so that the connection closes cleanly, and cuts a long or slow one. */
function discardBody(response: http.IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), MAX_RESPONSE_MS);
  response.on('error', () => {}); // only the status matters
  response.on('close', () => clearTimeout(timer));
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) response.destroy();
  });
}

function checkResponse({ statusCode: status = 0, headers }: http.IncomingMessage): Result {
  if (status >= 200 && status < 300) return { status, problem: null, retryAfter: null, timedOut: false };
  const redirect = status >= 300 && status < 400;
  return {
    status,
    problem: `answered ${status}${redirect ? ': redirects are not followed' : ''}`,
    retryAfter: readRetryAfter(headers['retry-after'], new Date()),
    timedOut: false,
  };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name could not be resolved',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'no connection in time',
};

/** Uses the code of an error, not its message, which may contain addresses. */
function checkError(error: unknown, timeoutMs: number, signal: AbortSignal | undefined): Result {
  const failed = (problem: string, timedOut: boolean | null) => ({
    ...{ status: null, problem, retryAfter: null, timedOut },
  });
  if (signal?.aborted) return failed('the server stopped during the attempt', null);
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError')
    return failed(`no answer within ${timeoutMs / 1000} s`, true);
  if (error instanceof AddressNotPublic) return failed('the address is not public', false);
  return failed(DESCRIPTIONS[code ?? ''] ?? `the request failed (${code ?? name})`, code === 'ETIMEDOUT');
}
