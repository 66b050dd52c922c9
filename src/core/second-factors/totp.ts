import { Secret, TOTP } from 'otpauth';

/** The defaults of RFC 6238. Many authenticator apps silently ignore other settings. */
const ALGORITHM = 'SHA1';
const DIGITS = 6;
const PERIOD_SECONDS = 30;
/** Steps that the user's clock may be off, in each direction. */
const WINDOW = 1;
/** RFC 4226 section 4 recommends 160 bits. */
const SECRET_BYTES = 20;

/** @returns the secret in base32, for people to type */
export function createTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** Builds the content of the QR code, in Google's key URI format, in which an issuer has no colon. */
export function totpUri(secret: string, issuer: string, userName: string): string {
  const settings = { algorithm: ALGORITHM, digits: DIGITS, period: PERIOD_SECONDS };
  return new TOTP({ ...settings, issuer: issuer.replaceAll(':', ''), label: userName, secret }).toString();
}

/** @returns the time step of a valid code; undefined for a wrong or expired code */
export function stepOfCode(secret: string, code: string, now: Date): number | undefined {
  const timestamp = now.getTime();
  const period = PERIOD_SECONDS;
  const delta = TOTP.validate({
    token: code,
    secret: Secret.fromBase32(secret),
    timestamp,
    period,
    algorithm: ALGORITHM,
    digits: DIGITS,
    window: WINDOW,
  });
  return delta === null ? undefined : TOTP.counter({ period, timestamp }) + delta;
}
