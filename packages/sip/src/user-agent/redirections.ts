import { type Core, NameAddrHeader } from '../../vendor/sip.js/index.js';

const MAX_REDIRECTIONS = 5;

/** The targets that 3xx responses name (RFC 3261 section 8.1.3.4), each once, so that phones that forward to each other make no loop. */
export class Redirections {
  readonly #seen: Set<string>;
  #waiting: readonly string[] = [];
  #followed = 0;

  /** @param first the address that was called first */
  constructor(first: string) {
    this.#seen = new Set([first.toLowerCase()]);
  }

  /** Adds the Contacts of a response, the preferred ones first (q, RFC 3261 section 20.10). */
  add(message: Core.IncomingResponseMessage): void {
    const contacts = message.getHeaders('contact').flatMap((_, index) => {
      const contact: unknown = message.parseHeader('contact', index);
      return contact instanceof NameAddrHeader ? [contact] : [];
    });
    const preference = (contact: NameAddrHeader) => Number(contact.getParam('q') ?? 1);
    const uris = contacts
      .toSorted((a, b) => preference(b) - preference(a))
      .map(({ uri }) => {
        const target = uri.clone();
        target.deleteParam('method');
        target.clearHeaders();
        return target.toRaw();
      });
    for (const uri of uris) {
      if (this.#seen.has(uri.toLowerCase())) continue;
      this.#seen.add(uri.toLowerCase());
      this.#waiting = [...this.#waiting, uri];
    }
  }

  /** @returns undefined if there is none, or too many were followed */
  next(): string | undefined {
    const [uri, ...others] = this.#waiting;
    if (uri === undefined || ++this.#followed > MAX_REDIRECTIONS) return undefined;
    this.#waiting = others;
    return uri;
  }
}
