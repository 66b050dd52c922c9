import type { DeclaredError, ErrorStyle } from '../../declared-error.ts';
import { codeOf } from './error-codes.ts';
import { problemOf } from './problem-details.ts';

/** Maximum length of the message in ErrorInfo, in characters. */
const MAX_MESSAGE_LENGTH = 512;

/** The JSON of an error in an API: only its code, message and details. CAMARA's and OAuth's errors have no details. */
export function errorJson(error: DeclaredError, status: number, style: ErrorStyle): object {
  const { declaration, message, details } = error;
  const code = codeOf(declaration, style);
  switch (style) {
    case 'camara':
      return { status, code, message: message.slice(0, MAX_MESSAGE_LENGTH) };
    case 'oauth':
      return { error: code, error_description: message };
    case 'problem':
      return { ...problemOf(code, status, message), ...details };
    default:
      return { error: code, message, ...details };
  }
}
