import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import type { TestClock } from '../../harness/test-clock.ts';
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
