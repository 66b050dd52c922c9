import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, so SHA-256 is a sufficient hash at rest. */
export function createClientSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Base64url SHA-256. */
export function hashClientSecret(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Compares in constant time. */
export function clientSecretMatches(secretHash: string, secret: string): boolean {
  const actual = Buffer.from(hashClientSecret(secret));
  const expected = Buffer.from(secretHash);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
