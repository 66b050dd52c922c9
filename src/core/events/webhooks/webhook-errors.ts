import {
  type DeclaredError,
  type ErrorDeclaration,
  RETRY_AFTER,
  RETRY_AFTER_SECONDS,
  retryAfter,
} from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

export class WebhookNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'webhook_not_found',
    status: 404,
    description: "There is no such webhook, or it is another client's.",
  };

  static override sample(): DeclaredError {
    return new WebhookNotFound('5b1f0c5e-6c5b-4a0e-9f5a-0f3c9f6d2b11');
  }

  constructor(id: string) {
    super(`There is no webhook "${id.slice(0, 64)}".`);
  }
}

/** The client has as many webhooks as it may have: each of its events goes to all of them. */
export class WebhookLimitReached extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'webhook_limit_reached',
    status: 409,
    description: 'The client has as many webhooks as a client may have.',
    retry: 'when one of them has been removed',
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How many webhooks a client may have.' },
    },
  };

  static override sample(): DeclaredError {
    return new WebhookLimitReached(10);
  }

  constructor(limit: number) {
    super(`A client may have at most ${limit} webhooks. Remove one first.`, { limit });
  }
}

/** Each test event is a request to a URL that the client chose. */
export class TestLimitReached extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'test_limit_reached',
    status: 429,
    description: 'The webhook got as many test events within a minute as it may.',
    headers: RETRY_AFTER,
    details: {
      limit: {
        type: 'integer',
        minimum: 1,
        description: 'How many test events a webhook may get in a minute.',
      },
      ...RETRY_AFTER_SECONDS,
    },
  };

  static override sample(): DeclaredError {
    return new TestLimitReached(5, 30);
  }

  readonly retryAfterSeconds: number;

  constructor(limit: number, retryAfterSeconds: number) {
    super(
      `A webhook may get at most ${limit} test events in a minute. Try again in ${retryAfterSeconds} s.`,
      {
        limit,
        retryAfterSeconds,
      },
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }

  override headers(): Record<string, string> {
    return retryAfter(this.retryAfterSeconds);
  }
}
