import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import type { TestApp } from '../../harness/app.ts';
import type { TestClock } from '../../harness/test-clock.ts';
import { addAdministrator } from '../admin-api/administrator.ts';
import { type Administrator, leadsTo } from './console.ts';

/** An application that makes codes. */
export interface Authenticator {
  readonly secret: string;
  /** Of now, or of so many steps of 30 seconds later. */
  code(steps?: number): string;
}

export function authenticator(secret: string, clock: TestClock): Authenticator {
  return {
    secret,
    code: (steps = 0) =>
      TOTP.generate({
        ...{ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 },
        timestamp: clock.now().getTime() + steps * 30_000,
      }),
  };
}

/** Begins to set one up. */
export async function beginTotp(administrator: Administrator, clock: TestClock): Promise<Authenticator> {
  assert.equal(leadsTo(await administrator.send('/console/security/totp/begin')), '/console/security/totp');
  const { text } = await administrator.open('/console/security/totp');
  const secret = (/<code>([A-Z2-7 ]+)<\/code>/.exec(text)?.[1] ?? '').replaceAll(' ', '');
  assert.match(secret, /^[A-Z2-7]{32}$/);
  return authenticator(secret, clock);
}

/** Sets one up; half a minute later its next code counts. */
export async function addTotp(
  administrator: Administrator,
  clock: TestClock,
  name = 'My phone',
): Promise<Authenticator> {
  const app = await beginTotp(administrator, clock);
  const answer = await administrator.send('/console/security/totp', { code: app.code(), name });
  assert.equal(leadsTo(answer), '/console/security?done=added');
  clock.advance(30_000);
  return app;
}

/** Gives a user a second factor without ending anything, as in a race with a grant. */
export async function insertSecondFactor(app: TestApp, userName: string): Promise<void> {
  await app.sql(
    `INSERT INTO second_factors (id, user_id, kind, name, sealed_secret, last_step)
     SELECT gen_random_uuid(), id, 'totp', 'Phone', 'x', 0 FROM users WHERE name = $1`,
    [userName],
  );
}

/** A token with the scope `admin` that was granted with the password alone, of an administrator who has a second factor now. */
export async function tokenWithoutSecondFactor(app: TestApp, name: string): Promise<string> {
  const { token } = await addAdministrator(app, name);
  await insertSecondFactor(app, name);
  return token;
}
