import type { DetailSchema, ErrorDeclaration, ErrorStyle } from '../../declared-error.ts';

/** The HTTP status of an error in an API. */
export function statusOf({ status, classic, camara }: ErrorDeclaration, style: ErrorStyle): number {
  if (style === 'classic') return classic?.status ?? status;
  return style === 'camara' ? (camara?.status ?? status) : status;
}

/** The code of an error in an API. */
export function codeOf({ code, camara, oauth }: ErrorDeclaration, style: ErrorStyle): string {
  if (style === 'oauth') return oauth?.error ?? 'invalid_request';
  return style === 'camara' ? (camara?.code ?? code.toUpperCase()) : code;
}

/** When the same request can succeed, in Markdown; undefined if it must change. */
export function whenToRetry({ headers = {}, retry }: ErrorDeclaration): string | undefined {
  return 'Retry-After' in headers ? 'after `Retry-After`' : retry;
}

/** CAMARA's and OAuth's errors have no further properties. */
const WITHOUT_DETAILS: readonly ErrorStyle[] = ['camara', 'oauth'];

/** The further properties of an error in an API. */
export function detailsOf(
  { details = {} }: ErrorDeclaration,
  style: ErrorStyle,
): Readonly<Record<string, DetailSchema>> {
  return WITHOUT_DETAILS.includes(style) ? {} : details;
}
