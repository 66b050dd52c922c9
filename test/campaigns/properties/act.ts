import assert from 'node:assert/strict';
import type { Answer } from '../../harness/browser.ts';
import type { ClientIndex, Model, Person, Token } from './model.ts';
import type { World } from './world.ts';

/** Which of each kind of thing a command is about: counted on from the first as often as it takes. */
export interface Picks {
  readonly person: number;
  readonly client: ClientIndex;
  readonly token: number;
  readonly call: number;
  readonly number: number;
  readonly yes: boolean;
}

/** What one command is about. */
export interface Chosen {
  readonly model: Model;
  readonly world: World;
  readonly picks: Picks;
  readonly person: Person;
  readonly token: Token;
}

export interface Act {
  /** What there must be at least one of. */
  readonly needs?: 'calls' | 'keys';
  run(chosen: Chosen): Promise<void>;
}

export function picked<T>(list: readonly T[], index: number): T {
  const one = list[index % list.length];
  assert.ok(one !== undefined);
  return one;
}

export function assertStatus(answer: Answer, status: number): void {
  assert.equal(answer.status, status, answer.text);
}
