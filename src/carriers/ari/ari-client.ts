import type { AriConfig } from './ari-config.ts';

/** How long Asterisk may take to respond. */
const TIMEOUT_MS = 5_000;
/** For a file, which may contain hours of audio. */
const DOWNLOAD_TIMEOUT_MS = 60_000;
/** Asterisk's HTTP server accepts 100 sessions by default (`sessionlimit` in http.conf), and others use it too. */
const MAX_CONCURRENT = 16;

/** Asterisk refused a request, or did not respond. */
export class AriError extends Error {
  /** HTTP status; undefined without a response. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Parameters of a request; those with the value `undefined` are omitted. */
export type AriQuery = Readonly<Record<string, string | number | undefined>>;

/** Only this header has the credentials, because addresses appear in logs. */
export function authorizationOf({ username, password }: AriConfig): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A client of Asterisk's REST interface. Each function throws AriError. */
export interface AriClient {
  /** @returns the content of the response */
  ask<T>(method: 'GET' | 'POST' | 'PUT', path: string, query?: AriQuery, body?: object): Promise<T>;
  /** Gets a resource. @returns undefined if it does not exist */
  find<T>(path: string): Promise<T | undefined>;
  /** Gets a whole file. @returns undefined if it does not exist */
  download(path: string): Promise<Buffer | undefined>;
  /** Gets the first `bytes` bytes of a file, or a little more. @returns undefined if it does not exist */
  downloadBeginning(path: string, bytes: number): Promise<Buffer | undefined>;
  /** Ends or deletes a resource, if it exists. */
  remove(path: string): Promise<void>;
}

export function createAriClient(config: AriConfig): AriClient {
  const authorization = authorizationOf(config);
  const enter = createGate(MAX_CONCURRENT);

  /** @throws AriError */
  async function request(
    method: string,
    path: string,
    query: AriQuery,
    body?: object,
    timeout = TIMEOUT_MS,
  ): Promise<Response> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) parameters.set(name, String(value));
    const url = `${config.url}${path}?${parameters}`;
    const response = await fetch(url, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(timeout),
    }).catch((error) => {
      throw new AriError(`Asterisk did not respond to ${method} ${path}`, undefined, error);
    });
    if (response.ok) return response;
    throw new AriError(`Asterisk refused ${method} ${path}: ${await reasonOf(response)}`, response.status);
  }

  async function ask<T>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    query: AriQuery = {},
    body?: object,
  ): Promise<T> {
    const leave = await enter();
    try {
      const text = await contentOf(await request(method, path, query, body), (response) => response.text());
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } finally {
      leave();
    }
  }

  return {
    ask,

    find: <T>(path: string) => ask<T>('GET', path).catch(unlessMissing),

    async download(path) {
      const response = await request('GET', path, {}, undefined, DOWNLOAD_TIMEOUT_MS).catch(unlessMissing);
      return response && contentOf(response, async (file) => Buffer.from(await file.arrayBuffer()));
    },

    async downloadBeginning(path, bytes) {
      const response = await request('GET', path, {}).catch(unlessMissing);
      return response && contentOf(response, (file) => beginningOf(file, bytes));
    },

    async remove(path) {
      const leave = await enter();
      try {
        await request('DELETE', path, {}).catch(unlessMissing);
      } finally {
        leave();
      }
    },
  };
}

/** @throws AriError if the response is interrupted */
async function contentOf<T>(response: Response, read: (response: Response) => Promise<T>): Promise<T> {
  try {
    return await read(response);
  } catch (error) {
    throw new AriError(
      `Asterisk interrupted its response to ${new URL(response.url).pathname}`,
      undefined,
      error,
    );
  }
}

async function beginningOf({ body }: Response, bytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) break; // which also ends the request
  }
  return Buffer.concat(chunks);
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof AriError && error.status === 404) return undefined;
  throw error;
}

async function reasonOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  return `${response.status} ${text.slice(0, 200)}`;
}

/** Limits the number of concurrent requests. Others wait in order. @returns waits for a place, and returns a function that frees it */
function createGate(places: number): () => Promise<() => void> {
  const waiting: (() => void)[] = [];
  let free = places;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return leave;
  };
}
