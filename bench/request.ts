/** A request to measure. `sendOnce` checks it, then the load test repeats it. */
export interface BenchRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface BenchResponse {
  readonly status: number;
  readonly text: string;
}

/** Placeholders for values that are used once, with the length of these values. */
const PLACEHOLDERS = { '{serial}': 7, '{value}': 43 };

/** @returns the text of the HTTP request */
export function serializeRequest({ method, path, headers = {}, body }: BenchRequest): string {
  const lines = Object.entries({
    host: '127.0.0.1',
    ...headers,
    ...(body !== undefined && { 'content-length': String(lengthOf(body)) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

function lengthOf(body: string): number {
  const used = Object.entries(PLACEHOLDERS).filter(([placeholder]) => body.includes(placeholder));
  return used.reduce(
    (length, [placeholder, valueLength]) => length - placeholder.length + valueLength,
    Buffer.byteLength(body),
  );
}

/** Sends a request once. @throws Error if the response has another status */
export async function sendOnce(url: string, request: BenchRequest, status: number): Promise<BenchResponse> {
  const { method, path, headers = {}, body = null } = request;
  const response = await fetch(url + path, { method, headers, body });
  const result = { status: response.status, text: await response.text() };
  if (result.status !== status)
    throw new Error(`${method} ${path}: ${result.status} instead of ${status}: ${result.text}`);
  return result;
}

/** @returns the request with a value instead of the placeholder */
export function fillPlaceholder(
  request: BenchRequest,
  placeholder: keyof typeof PLACEHOLDERS,
  value: string,
): BenchRequest {
  return {
    ...request,
    path: request.path.replace(placeholder, value),
    ...(request.body !== undefined && { body: request.body.replace(placeholder, value) }),
  };
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const JSON_BODY = { 'content-type': 'application/json' };

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
