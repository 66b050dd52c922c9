import { Secret, TOTP } from 'otpauth';

/** What applications that make codes expect of everybody (RFC 6238); others they ignore without a word. */
const ALGORITHM = 'SHA1';
const DIGITS = 6;
const PERIOD_SECONDS = 30;
/** Steps that a clock may be off, each way. */
const WINDOW = 1;
/** RFC 4226 section 4 recommends 160 bits. */
const SECRET_BYTES = 20;

/** @returns the secret in base32, as people type it */
export function makeTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What the QR code holds: Google's key URI format. */
export function totpUri(secret: string, issuer: string, userName: string): string {
  const settings = { algorithm: ALGORITHM, digits: DIGITS, period: PERIOD_SECONDS };
  return new TOTP({ ...settings, issuer, label: userName, secret }).toString();
}

/** @returns the time step that the code belongs to; undefined when it belongs to none of now */
export function stepOfCode(secret: string, code: string, now: Date): number | undefined {
  const timestamp = now.getTime();
  const period = PERIOD_SECONDS;
  const delta = TOTP.validate({
    ...{ token: code, secret: Secret.fromBase32(secret), timestamp, period },
    ...{ algorithm: ALGORITHM, digits: DIGITS, window: WINDOW },
  });
  return delta === null ? undefined : TOTP.counter({ period, timestamp }) + delta;
}
