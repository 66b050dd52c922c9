import { Type } from 'typebox';

export const CONSOLE = '/console';
export const SIGN_IN = `${CONSOLE}/sign-in`;
export const SECOND_FACTOR = `${CONSOLE}/second-factor`;
export const SECURITY = `${CONSOLE}/security`;

/** Of queries and forms: where the sign-in goes on to. */
export const ReturnTo = { return_to: Type.Optional(Type.String({ maxLength: 4096 })) };

/** Only somewhere in the console: whoever made the link decides nothing else. */
export function readReturnTo(given: string | undefined, publicUrl: string): string {
  const url = given === undefined ? null : URL.parse(given, publicUrl);
  if (url?.origin !== new URL(publicUrl).origin) return CONSOLE;
  const { pathname, search } = url;
  return pathname === CONSOLE || pathname.startsWith(`${CONSOLE}/`) ? `${pathname}${search}` : CONSOLE;
}

/** The address of a step of the sign-in, from which it goes on to `returnTo`. */
export function onTheWayTo(returnTo: string, step: string): string {
  return returnTo === CONSOLE ? step : `${step}?${new URLSearchParams({ return_to: returnTo })}`;
}
