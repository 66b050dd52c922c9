import { Type } from 'typebox';
import { CONSOLE } from './addresses.ts';

/** A field of queries and forms: the URL to return to after the sign-in. */
export const ReturnTo = { return_to: Type.Optional(Type.String({ maxLength: 4096 })) };

/** @returns the start page for anything but a page of the console: a link must not lead to another site */
export function readReturnTo(given: string | undefined, publicUrl: string): string {
  const url = given === undefined ? null : URL.parse(given, publicUrl);
  if (url?.origin !== new URL(publicUrl).origin) return CONSOLE;
  const { pathname, search } = url;
  return pathname === CONSOLE || pathname.startsWith(`${CONSOLE}/`) ? `${pathname}${search}` : CONSOLE;
}

/** The URL of a step of the sign-in, which then returns to `returnTo`. */
export function stepAddress(returnTo: string, step: string): string {
  return returnTo === CONSOLE ? step : `${step}?${new URLSearchParams({ return_to: returnTo })}`;
}
