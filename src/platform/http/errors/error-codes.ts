import type { ErrorDeclaration, ErrorStyle } from '../../declared-error.ts';

/** CAMARA's usual codes, as its common definitions have them. */
const CAMARA_CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  409: 'ALREADY_EXISTS',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'QUOTA_EXCEEDED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** The HTTP status of an error on an API. */
export function statusOf({ status, classic, camara }: ErrorDeclaration, style: ErrorStyle): number {
  if (style === 'classic') return classic?.status ?? status;
  return style === 'camara' ? (camara?.status ?? status) : status;
}

/** The code of an error on an API. */
export function codeOf(declaration: ErrorDeclaration, style: ErrorStyle): string {
  const { code, camara, oauth } = declaration;
  const status = statusOf(declaration, style);
  switch (style) {
    case 'camara':
      return camara?.code ?? CAMARA_CODES[status] ?? 'INVALID_ARGUMENT';
    case 'oauth':
      return oauth?.error ?? (status >= 500 ? 'server_error' : 'invalid_request');
    default:
      return code;
  }
}
