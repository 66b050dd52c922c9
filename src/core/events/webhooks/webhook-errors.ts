import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

export class WebhookNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'webhook_not_found',
    status: 404,
    camara: { code: 'NOT_FOUND' },
    description: "There is no such webhook, or it is another client's.",
  };

  constructor(id: string) {
    super(`There is no webhook "${id.slice(0, 64)}".`);
  }
}

/** The client has as many webhooks as it may have: each of its events goes to all of them. */
export class WebhookLimitReached extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'webhook_limit_reached',
    status: 409,
    camara: { status: 429, code: 'QUOTA_EXCEEDED' },
    description: 'The client has as many webhooks as a client may have.',
    retry: 'when one of them has been removed',
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How many webhooks a client may have.' },
    },
  };

  constructor(limit: number) {
    super(`A client may have at most ${limit} webhooks. Remove one first.`, { limit });
  }
}
