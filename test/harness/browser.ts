export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The absolute URL in the header Location; '' without one. */
  readonly location: string;
  json<T = Record<string, unknown>>(): T;
}

/** Reads the whole response. */
export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const location = response.headers.get('location');
  return {
    status: response.status,
    headers: response.headers,
    text,
    location: location === null ? '' : new URL(location, response.url).href,
    json: () => JSON.parse(text),
  };
}

/** Fields by name; a repeated field has several values. */
export type Form = Readonly<Record<string, string | readonly string[]>>;

/** A scripted browser with cookies by path. It does not follow redirects on its own. */
export class Browser {
  readonly #base: string;
  readonly #cookies = new Map<string, { name: string; value: string; path: string }>();

  constructor(base: string) {
    this.#base = base;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  /** Sends a form. */
  post(path: string, form: Form = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, form, headers);
  }

  async send(
    method: string,
    path: string,
    form?: Form,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = new URL(path, this.#base);
    const cookie = this.cookiesFor(url.pathname);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...(cookie && { cookie }), ...headers },
      ...(form && { body: encodedForm(form) }),
    });
    for (const line of response.headers.getSetCookie()) this.keep(line);
    return answerOf(response);
  }

  /** Follows redirects on this server. Returns the first response without one. */
  async follow(path: string): Promise<Answer> {
    let answer = await this.get(path);
    for (let hop = 0; hop < 12 && answer.location.startsWith(`${this.#base}/`); hop++)
      answer = await this.get(answer.location);
    return answer;
  }

  /** The header Cookie for a path. */
  cookiesFor(path: string): string {
    const matching = [...this.#cookies.values()].filter((cookie) => path.startsWith(cookie.path));
    return matching.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  /** Keeps a cookie. @param line value of a header Set-Cookie */
  keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
    if (value === '') this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { name, value, path });
  }
}

function encodedForm(form: Form): URLSearchParams {
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(form))
    for (const each of [value].flat()) encoded.append(name, each);
  return encoded;
}
