import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { AddressNotPublic, lookUpPublic } from './public-lookup.ts';
import { isAllowedHost, isPrivateAddress } from './sink-url.ts';

/** From the look-up of the name to the status line. */
const TIMEOUT_MS = 15_000;
/** What is read, and dropped, of an answer after its status. */
const ANSWER_BYTES = 16 * 1024;
const ANSWER_MS = 1_000;

export interface OutboundRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of one request. */
export interface Outcome {
  readonly ok: boolean;
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  /** Why it is not ok, in words for the delivery log; null when it is. Nothing of the request or the answer is in it. */
  readonly problem: string | null;
  readonly milliseconds: number;
}

export interface Sender {
  /**
   * POSTs. Settles within the time-out whatever the other end does, at once when `signal` is aborted, and never rejects.
   */
  send(request: OutboundRequest, signal?: AbortSignal): Promise<Outcome>;
}

export interface SenderSettings {
  readonly allowHosts: readonly string[];
  /** For tests. */
  readonly timeoutMs?: number;
}

/**
 * Sends to addresses of others' choosing. Connections are made to public addresses only, judged after the name is
 * resolved and for the very address that is connected to; redirects are answers like any other; no proxy is asked.
 */
export function createSender({ allowHosts, timeoutMs = TIMEOUT_MS }: SenderSettings): Sender {
  const agents = { http: new http.Agent(), https: new https.Agent() };

  return {
    async send(request, signal) {
      const started = performance.now();
      const url = URL.parse(request.url);
      const allowed = url !== null && isAllowedHost(url, allowHosts);
      const lookup = allowed ? undefined : lookUpPublic;
      const outcome = await (url && (url.protocol === 'https:' || allowed)
        ? within(timeoutMs, signal, async (cut) => {
            // No name is looked up for what is an address already.
            if (lookup && isPrivateAddress(url.hostname)) throw new AddressNotPublic();
            return post(url, { agents, lookup }, request, cut);
          }).then(judge, (error) => ({ status: null, problem: explain(error, timeoutMs, signal) }))
        : { status: null, problem: 'the address is not https:' });
      return {
        ...outcome,
        ok: outcome.problem === null,
        milliseconds: Math.round(performance.now() - started),
      };
    },
  };
}

/**
 * Settles when the time is over or `signal` is aborted, even if the work does not: that a request ends when it is told to
 * is not ours to promise.
 */
async function within<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (cut: AbortSignal) => Promise<T>,
): Promise<T> {
  const cut = new AbortController();
  const over = new Promise<never>((_resolve, reject) => {
    cut.signal.addEventListener('abort', () => reject(cut.signal.reason));
  });
  const timer = setTimeout(() => cut.abort(new DOMException('no answer', 'TimeoutError')), timeoutMs);
  const stop = () => cut.abort();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    return await Promise.race([over, work(cut.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

interface Ways {
  readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
  /** How names become addresses; undefined: as they always do. */
  readonly lookup: LookupFunction | undefined;
}

/** @returns the status; the rest of the answer is not waited for */
function post(
  url: URL,
  { agents, lookup }: Ways,
  { headers, body }: OutboundRequest,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const options = {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers: { 'user-agent': 'ClickToCall', 'content-length': Buffer.byteLength(body), ...headers },
      signal,
      ...(lookup && { lookup }),
    };
    const request = (secure ? https : http).request(url, options, (answer) => {
      resolve(answer.statusCode ?? 0);
      drop(answer);
    });
    // Without a listener a change of protocols would end the request in silence.
    request.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve(answer.statusCode ?? 0);
    });
    request.on('error', reject);
    request.on('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    request.end(body);
  });
}

/** Lets a short answer end in peace, and cuts a long or slow one. */
function drop(answer: http.IncomingMessage): void {
  let bytes = 0;
  const cut = setTimeout(() => answer.destroy(), ANSWER_MS);
  answer.on('error', () => {}); // cut, by either side: the status is all that counts
  answer.on('close', () => clearTimeout(cut));
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) answer.destroy();
  });
}

function judge(status: number): Pick<Outcome, 'status' | 'problem'> {
  if (status >= 200 && status < 300) return { status, problem: null };
  const redirect = status >= 300 && status < 400;
  return { status, problem: `answered ${status}${redirect ? ': redirects are not followed' : ''}` };
}

const IN_WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name could not be resolved',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'no connection in time',
};

/** Libraries' messages hold addresses: only their codes are passed on. */
function explain(error: unknown, timeoutMs: number, signal: AbortSignal | undefined): string {
  if (signal?.aborted) return 'the server stopped during the attempt';
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  if (error instanceof AddressNotPublic) return 'the address is not public';
  return IN_WORDS[code ?? ''] ?? `the request failed (${code ?? name})`;
}
