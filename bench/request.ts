/** A request of a measurement: looked at once with `ask`, then sent over and over by the load. */
export interface Sent {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** What stands for something that is used once, and how long what is put there is. */
const HOLES = { '{serial}': 7, '{found}': 43 };

/** As it goes over the wire. */
export function onTheWire({ method, path, headers = {}, body }: Sent): string {
  const lines = Object.entries({
    host: '127.0.0.1',
    ...headers,
    ...(body !== undefined && { 'content-length': String(lengthOf(body)) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

function lengthOf(body: string): number {
  const holes = Object.entries(HOLES).filter(([hole]) => body.includes(hole));
  return holes.reduce((length, [hole, filled]) => length - hole.length + filled, Buffer.byteLength(body));
}

/** Sends it once. @throws Error unless the answer has that status */
export async function ask(url: string, sent: Sent, status: number): Promise<Answer> {
  const { method, path, headers = {}, body = null } = sent;
  const response = await fetch(url + path, { method, headers, body });
  const answer = { status: response.status, text: await response.text() };
  if (answer.status !== status)
    throw new Error(`${method} ${path}: ${answer.status} instead of ${status}: ${answer.text}`);
  return answer;
}

/** The same request with something in its hole. */
export function filled(sent: Sent, hole: keyof typeof HOLES, text: string): Sent {
  return {
    ...sent,
    path: sent.path.replace(hole, text),
    ...(sent.body !== undefined && { body: sent.body.replace(hole, text) }),
  };
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const JSON_BODY = { 'content-type': 'application/json' };

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
