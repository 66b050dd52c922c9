import type { Actor } from '../audit/actor.ts';

/**
 * Who asks for a hash. `person`: a user who is signed in, or all browsers in which the user has signed in before, together,
 * because each sign-in of a new browser adds one. `networks`: those of the address, the smallest first.
 */
export type Asker =
  | { readonly kind: 'stranger'; readonly name: string; readonly networks: readonly [string, ...string[]] }
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'administrator'; readonly id: string };

/** How much of each asker's work may be under way at the same time. */
const LIMITS: Readonly<Record<Asker['kind'], number>> = {
  /** A person may have several windows. Fewer than half of the wrong passwords that are allowed, so that two nodes may check them. */
  person: 4,
  /** Of all names from one network, which an office may share. */
  stranger: 32,
  /** An administrator's program may add users in parallel. */
  administrator: 32,
};
/** Of a stranger's name, from one network; likewise. */
const MAX_FROM_NETWORK = 4;
/** Of a stranger's name, from any network: too few for right passwords to count like many wrong ones while they are checked. */
const MAX_OF_NAME = 16;

interface Place {
  readonly key: string;
  readonly limit: number;
}

/** Counts what is under way on this node, and bounds it for each asker, name and network. */
export interface HashingPlaces {
  /** @returns how much of what is under way may run before something new of this asker, if groups take turns */
  countAhead(asker: Asker): number;
  /** @returns undefined if the asker has too many places; otherwise a function that gives the place back */
  take(asker: Asker): (() => void) | undefined;
}

export function createHashingPlaces(): HashingPlaces {
  const byGroup = createCounts();
  const byName = createCounts();

  return {
    countAhead: (asker) => byGroup.countAhead(groupOf(asker)),
    take(asker) {
      const group = { key: groupOf(asker), limit: LIMITS[asker.kind] };
      const names = namesOf(asker);
      if (byGroup.isFull(group) || names.some(byName.isFull)) return undefined;
      byGroup.add(group.key, 1);
      for (const { key } of names) byName.add(key, 1);
      return () => {
        byGroup.add(group.key, -1);
        for (const { key } of names) byName.add(key, -1);
      };
    },
  };
}

/** The group that takes turns with others: a person has turns of their own, as a whole network of strangers has. */
export function groupOf(asker: Asker): string {
  return asker.kind === 'stranger' ? `network ${asker.networks.at(-1)}` : `${asker.kind} ${asker.id}`;
}

export function administratorOf({ userId, clientId, kind }: Actor): Asker {
  return { kind: 'administrator', id: userId ?? clientId ?? kind };
}

function namesOf(asker: Asker): readonly Place[] {
  if (asker.kind !== 'stranger') return [];
  const { name, networks } = asker;
  return [
    { key: `from ${networks[0]}: ${name}`, limit: MAX_FROM_NETWORK },
    { key: `name ${name}`, limit: MAX_OF_NAME },
  ];
}

function createCounts() {
  const counts = new Map<string, number>();
  const get = (key: string) => counts.get(key) ?? 0;
  return {
    isFull: ({ key, limit }: Place) => get(key) >= limit,
    /** Others have at most as many turns before a new one of this key as the key itself has. */
    countAhead(key: string): number {
      const turns = get(key) + 1;
      return [...counts.values()].reduce((total, count) => total + Math.min(count, turns), 0);
    },
    add(key: string, change: 1 | -1): void {
      const count = get(key) + change;
      if (count === 0) counts.delete(key);
      else counts.set(key, count);
    },
  };
}
