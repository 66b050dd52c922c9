import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { spellingsOf } from '../harness/dump.ts';

/** Known secrets, and a search for them in places where they must not appear. */
export interface Canaries {
  /** Creates a secret. */
  plant(what: string): string;
  /** Adds a secret of the server. */
  note(what: string, secret: unknown): string;
  readonly count: number;
  readonly kinds: readonly string[];
  /** @throws AssertionError that names the place and the kind of the secret, without the secret */
  assertNowhere(places: ReadonlyMap<string, string>): void;
}

export function createCanaries(): Canaries {
  const planted = new Map<string, string>();
  const note = (what: string, secret: unknown) => {
    assert.ok(typeof secret === 'string' && secret.length >= 12, `${what} is ${typeof secret}`);
    planted.set(secret, what);
    return secret;
  };
  return {
    plant: (what) => note(what, `canary-${randomBytes(9).toString('hex')}`),
    note,
    get count() {
      return planted.size;
    },
    get kinds() {
      return [...new Set(planted.values())];
    },
    assertNowhere(places) {
      for (const [place, content] of places)
        for (const [secret, what] of planted)
          for (const spelling of spellingsOf(secret))
            assert.ok(!content.includes(spelling), `${what} is in ${place}`);
    },
  };
}
