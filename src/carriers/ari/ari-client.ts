import type { AriConfig } from './ari-config.ts';

/** How long Asterisk may take to answer. */
const TIMEOUT_MS = 5_000;
/** For a file, which may have hours of sound. */
const DOWNLOAD_TIMEOUT_MS = 60_000;
/** Asterisk's HTTP server accepts 100 sessions by default (`sessionlimit` in http.conf), and others use it too. */
const MAX_CONCURRENT = 16;

/** Asterisk refused a request, or did not answer. */
export class AriError extends Error {
  /** HTTP status; undefined: no answer came. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Parameters of a request; `undefined` leaves one out. */
export type AriQuery = Readonly<Record<string, string | number | undefined>>;

export type AriClient = ReturnType<typeof createAriClient>;

/** Credentials are sent in this header only: addresses end up in logs. */
export function authorizationOf({ username, password }: AriConfig): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Requests to Asterisk's REST interface. */
export function createAriClient(config: AriConfig) {
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
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) given.set(name, String(value));
    const url = `${config.url}${path}?${given}`;
    const answer = await fetch(url, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(timeout),
    }).catch((error) => {
      throw new AriError(`Asterisk did not answer ${method} ${path}`, undefined, error);
    });
    if (answer.ok) return answer;
    throw new AriError(`Asterisk refused ${method} ${path}: ${await reasonOf(answer)}`, answer.status);
  }

  /** @returns the answer @throws AriError */
  async function ask<T>(method: 'GET' | 'POST' | 'PUT', path: string, query: AriQuery = {}, body?: object) {
    const leave = await enter();
    try {
      const text = await contentOf(await request(method, path, query, body), (answer) => answer.text());
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } finally {
      leave();
    }
  }

  return {
    ask,

    /** The same for a resource that may not exist. @returns undefined if it does not @throws AriError */
    async find<T>(path: string): Promise<T | undefined> {
      return ask<T>('GET', path).catch(unlessGone);
    },

    /** A whole file. @returns undefined if it does not exist @throws AriError */
    async download(path: string): Promise<Buffer | undefined> {
      const answer = await request('GET', path, {}, undefined, DOWNLOAD_TIMEOUT_MS).catch(unlessGone);
      return answer && contentOf(answer, async (file) => Buffer.from(await file.arrayBuffer()));
    },

    /** The beginning of a file: so many bytes or more, unless it is shorter. @returns undefined if it does not exist @throws AriError */
    async downloadBeginning(path: string, bytes: number): Promise<Buffer | undefined> {
      const answer = await request('GET', path, {}).catch(unlessGone);
      return answer && contentOf(answer, (file) => beginningOf(file, bytes));
    },

    /** Ends or stops a resource, which may have ended already. @throws AriError */
    async remove(path: string): Promise<void> {
      const leave = await enter();
      try {
        await request('DELETE', path, {}).catch(unlessGone);
      } finally {
        leave();
      }
    },
  };
}

/** @throws AriError if the answer breaks off */
async function contentOf<T>(answer: Response, read: (answer: Response) => Promise<T>): Promise<T> {
  try {
    return await read(answer);
  } catch (error) {
    throw new AriError(`Asterisk broke off ${new URL(answer.url).pathname}`, undefined, error);
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

function unlessGone(error: unknown): undefined {
  if (error instanceof AriError && error.status === 404) return undefined;
  throw error;
}

async function reasonOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => '');
  return `${answer.status} ${text.slice(0, 200)}`;
}

/** Admits so many at once. The others wait in order. */
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
