import assert from 'node:assert/strict';
import type { Answer } from '../../harness/browser.ts';
import type { ClientIndex, Model, Person, Token } from './model.ts';
import type { World } from './world.ts';

/** The objects of a command, by index; an index beyond the end starts again from the first. */
export interface Picks {
  readonly person: number;
  readonly client: ClientIndex;
  readonly token: number;
  readonly call: number;
  readonly number: number;
  readonly yes: boolean;
}

/** The objects of one command. */
export interface Chosen {
  readonly model: Model;
  readonly world: World;
  readonly picks: Picks;
  readonly person: Person;
  readonly token: Token;
}

export interface Act {
  /** The kinds of objects that must exist. */
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
