import { randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id, the default of the package, at the cost that OWASP recommends; memory in KiB. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Without characters that are easily confused. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** Creates a password that is easy to read out and type: 99 random bits. */
export function createPassword(): string {
  const letter = () => LETTERS[randomInt(LETTERS.length)];
  const group = () => Array.from({ length: GROUP_LENGTH }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

/**
 * Takes the same time for a user who does not exist (`passwordHash` undefined), so that the response time does not reveal
 * which names exist.
 */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  dummyHash ??= hashPassword(crypto.randomUUID());
  return (await verify(passwordHash ?? (await dummyHash), password)) && passwordHash !== undefined;
}

let dummyHash: Promise<string> | undefined;
