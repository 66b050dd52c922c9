/** Problem details for HTTP APIs (RFC 9457 section 3.1). */
export interface ProblemDetails {
  /** The same on every server, so that clients can compare it; relative to the server's URL. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}

/** The page that describes all errors, with an anchor for each code. */
export const ERRORS_PAGE = '/errors';

/** @param code in snake case */
export function problemOf(code: string, status: number, detail: string): ProblemDetails {
  return { type: typeOf(code), title: titleOf(code), status, detail, code };
}

/** The address of the error on the page. */
export function typeOf(code: string): string {
  return `${ERRORS_PAGE}#${code}`;
}

/** `call_limit_reached`: Call limit reached */
export function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
