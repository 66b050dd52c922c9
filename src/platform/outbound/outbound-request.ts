import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';

/** How long an idle connection is kept for the next request to the same host and port; shorter than what servers usually wait. */
const IDLE_MS = 4_000;
/** After this time, requests make new connections: names are resolved again, as receivers move. */
const RENEW_MS = 60_000;

export interface GuardedRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Connections that are kept for later requests. */
export interface KeptConnections {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** @returns the connections for the next request. Those of an earlier minute close when they have been idle */
export function keepConnections(): () => KeptConnections {
  let kept: KeptConnections | undefined;
  let renewAt = 0;
  return () => {
    if (kept && performance.now() < renewAt) return kept;
    const settings = { keepAlive: true, timeout: IDLE_MS };
    kept = { http: new http.Agent(settings), https: new https.Agent(settings) };
    renewAt = performance.now() + RENEW_MS;
    return kept;
  };
}

/** Codes of errors if the other side has closed the connection. */
const CLOSED: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

/** The receiver has closed a kept connection, before the request or after it has read it. */
class KeptConnectionClosed extends Error {}

interface Transport {
  /** Undefined: the request gets a connection of its own. */
  readonly connections?: KeptConnections;
  /** Resolves names; undefined: Node's default. */
  readonly lookup: LookupFunction | undefined;
}

/**
 * Sends a request. If the receiver has closed the kept connection, it is repeated at once on a new one: the receiver may have read it
 * twice then, so send nothing here that must not be repeated.
 * @returns the response, without waiting for its body
 */
export async function open(
  url: URL,
  transport: Transport,
  request: GuardedRequest,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  try {
    return await openOnce(url, transport, request, signal);
  } catch (error) {
    if (!(error instanceof KeptConnectionClosed)) throw error;
    return openOnce(url, { lookup: transport.lookup }, request, signal);
  }
}

function openOnce(
  url: URL,
  { connections, lookup }: Transport,
  { method, headers, body }: GuardedRequest,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const options = {
      method,
      agent: connections?.[secure ? 'https' : 'http'] ?? false,
      headers: {
        'user-agent': 'ClickToCall',
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
      signal,
      ...(lookup && { lookup }),
    };
    const request = (secure ? https : http).request(url, options, (response) => {
      request.off('close', cut);
      resolve(response);
    });
    // Without a listener Node would close the connection on a protocol upgrade without an error.
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      response.destroy();
      resolve(response);
    });
    const fail = (error: NodeJS.ErrnoException) =>
      reject(request.reusedSocket && CLOSED.has(error.code) ? new KeptConnectionClosed() : error);
    const cut = () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    request.on('error', fail);
    request.on('close', cut);
    request.end(body);
  });
}
