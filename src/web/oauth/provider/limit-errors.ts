import {
  type ErrorDeclaration,
  RETRY_AFTER,
  RETRY_AFTER_SECONDS,
  retryAfter,
} from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

/** A network begins too many authorizations without signing in, or makes the server read too many client documents. */
export class TooManyAnonymousRequests extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'too_many_anonymous_requests',
    status: 429,
    oauth: { error: 'temporarily_unavailable' },
    description:
      'Requests from one network address began too many authorizations or device codes, or made the server read too many client documents (`ANONYMOUS_REQUESTS_PER_MINUTE`).',
    headers: RETRY_AFTER,
    details: RETRY_AFTER_SECONDS,
    page: {
      title: 'Too many requests',
      advice: 'Wait a minute, then go back to the application and try again.',
    },
  };

  readonly #retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    const wait = retryAfterSeconds === 1 ? 'a second' : `${retryAfterSeconds} seconds`;
    super(`Too many requests from your network. Try again in ${wait}.`, { retryAfterSeconds });
    this.#retryAfterSeconds = retryAfterSeconds;
  }

  override headers(): Record<string, string> {
    return retryAfter(this.#retryAfterSeconds);
  }
}
