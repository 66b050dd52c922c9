import type { ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';

/** While a request was under way, its session ended, or another request gave it a new token. */
export class ConsoleSessionChanged extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'console_session_changed',
    status: 409,
    description: 'The console session ended, or got a new token, while the request was under way.',
  };

  constructor() {
    super('The session has ended, or another request has just changed it. Try again.');
  }
}
