import type http from 'node:http';
import { type GuardedRequest, keepConnections, open } from './outbound-request.ts';
import { isAllowedHost, isPrivateHost } from './public-addresses.ts';
import { AddressNotPublic, lookUpPublic } from './public-lookup.ts';

/** How much of a response body is read and discarded, and for how long. */
const MAX_DISCARDED_BYTES = 16 * 1024;
const MAX_DISCARDING_MS = 1_000;

export interface ResponseHead {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
}

/** A request got no response, or not all of it. The message contains nothing of the request or the response, and no address. */
export class RequestFailed extends Error {
  /** Whether the receiver did not answer in time; null if the failure says nothing about the receiver. */
  readonly timedOut: boolean | null;
  /** Whether the same request would fail again: this client does not send it, or does not accept the response. */
  readonly permanent: boolean;

  constructor(
    message: string,
    { timedOut = false, permanent = false }: { timedOut?: boolean | null; permanent?: boolean } = {},
  ) {
    super(message);
    this.timedOut = timedOut;
    this.permanent = permanent;
  }
}

export interface GuardedClient {
  /**
   * Sends a request and discards the body of the response. Settles within the timeout, and at once when `signal` is aborted.
   * @throws RequestFailed
   */
  send(request: GuardedRequest, signal?: AbortSignal): Promise<ResponseHead>;
  /**
   * Sends a request and reads the whole body of the response within the timeout, if its head is one that the caller wants.
   * @param maxBytes a longer body is refused
   * @returns no body if it is not wanted: it is discarded
   * @throws RequestFailed
   */
  read(
    request: GuardedRequest,
    maxBytes: number,
    isWanted: (head: ResponseHead) => boolean,
  ): Promise<ResponseHead & { readonly body: Buffer | undefined }>;
}

export interface GuardedClientSettings {
  /** Hosts that may be private and use `http:`, as `host` or `host:port`. */
  readonly allowHosts: readonly string[];
  /** From the DNS look-up to the status line of the response, or to the end of a body that is read. */
  readonly timeoutMs: number;
}

/**
 * Sends requests to URLs that others choose. Connects to public addresses only, and checks the resolved address that it connects
 * to (SSRF). Keeps connections for later requests to the same host and port, for which the same rule holds: an address that was
 * checked once remains the address of its connection. Does not follow redirects and uses no proxy.
 */
export function createGuardedClient({ allowHosts, timeoutMs }: GuardedClientSettings): GuardedClient {
  const connections = keepConnections();

  /** @param take what is returned of the response; runs within the timeout, too */
  async function exchange<T>(
    request: GuardedRequest,
    take: (response: http.IncomingMessage) => T | Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const url = URL.parse(request.url);
    const allowed = url !== null && isAllowedHost(url, allowHosts);
    if (!url || !(url.protocol === 'https:' || allowed))
      throw new RequestFailed('the URL is not https:', { permanent: true });
    const lookup = allowed ? undefined : lookUpPublic;
    return withTimeout(timeoutMs, signal, async (abort) => {
      // Node calls `lookup` for names only, not for addresses. No name server needs to see a private name.
      if (lookup && isPrivateHost(url.hostname)) throw new AddressNotPublic();
      return take(await open(url, { connections: connections(), lookup }, request, abort));
    }).catch((error) => {
      throw asFailure(error, timeoutMs, signal);
    });
  }

  return {
    send(request, signal) {
      const take = (response: http.IncomingMessage) => {
        discardBody(response);
        return headOf(response);
      };
      return exchange(request, take, signal);
    },

    read: (request, maxBytes, isWanted) =>
      exchange(request, async (response) => {
        const head = headOf(response);
        if (isWanted(head)) return { ...head, body: await readBody(response, maxBytes) };
        discardBody(response);
        return { ...head, body: undefined };
      }),
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

function headOf({ statusCode: status = 0, headers }: http.IncomingMessage): ResponseHead {
  return { status, headers };
}

/** Reads a short body, so that the connection can be kept, and cuts a long or slow one. */
function discardBody(response: http.IncomingMessage): void {
  if (response.destroyed) return;
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), MAX_DISCARDING_MS);
  response.on('error', () => {}); // only the status matters
  response.on('close', () => clearTimeout(timer));
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DISCARDED_BYTES) response.destroy();
  });
}

/** @throws RequestFailed for a longer body, of which no more is read */
async function readBody(response: http.IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new RequestFailed(`the response has more than ${maxBytes} bytes`, { permanent: true });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
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
function asFailure(error: unknown, timeoutMs: number, signal: AbortSignal | undefined): RequestFailed {
  if (signal?.aborted) return new RequestFailed('the server stopped during the attempt', { timedOut: null });
  if (error instanceof RequestFailed) return error;
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError')
    return new RequestFailed(`no answer within ${timeoutMs / 1000} s`, { timedOut: true });
  if (error instanceof AddressNotPublic)
    return new RequestFailed('the address is not public', { permanent: true });
  const description = DESCRIPTIONS[code ?? ''] ?? `the request failed (${code ?? name})`;
  return new RequestFailed(description, { timedOut: code === 'ETIMEDOUT' });
}
