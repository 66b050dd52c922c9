import { randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id, the package's default, at OWASP's recommended cost: memory in KiB. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Without what is easily taken for something else. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** One to be read out and typed in: 99 random bits. */
export function createPassword(): string {
  const letter = () => LETTERS[randomInt(LETTERS.length)];
  const group = () => Array.from({ length: GROUP_LENGTH }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

/**
 * Takes as long for a user who does not exist (`passwordHash` undefined) as for one who does, so that the time of a
 * refusal tells nobody which names are taken.
 */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  nobodysHash ??= hashPassword(crypto.randomUUID());
  return (await verify(passwordHash ?? (await nobodysHash), password)) && passwordHash !== undefined;
}

let nobodysHash: Promise<string> | undefined;
