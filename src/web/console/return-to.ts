import { Type } from 'typebox';
import { CONSOLE } from './addresses.ts';

/** A field of queries and forms: where the browser goes after the sign-in. */
export const ReturnTo = { return_to: Type.Optional(Type.String({ maxLength: 4096 })) };

/** Only an address within the console: a link from elsewhere decides nothing else. */
export function readReturnTo(given: string | undefined, publicUrl: string): string {
  const url = given === undefined ? null : URL.parse(given, publicUrl);
  if (url?.origin !== new URL(publicUrl).origin) return CONSOLE;
  const { pathname, search } = url;
  return pathname === CONSOLE || pathname.startsWith(`${CONSOLE}/`) ? `${pathname}${search}` : CONSOLE;
}

/** The address of a step of the sign-in that leads on to `returnTo`. */
export function stepToward(returnTo: string, step: string): string {
  return returnTo === CONSOLE ? step : `${step}?${new URLSearchParams({ return_to: returnTo })}`;
}
