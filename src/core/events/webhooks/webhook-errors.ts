import { DomainError } from '../../../platform/domain-error.ts';

/** No such webhook, or another client's. */
export class WebhookNotFound extends DomainError {
  constructor(id: string) {
    super(`There is no webhook "${id.slice(0, 64)}".`);
  }
}

/** The client has as many webhooks as a client may have: each of its events goes to all of them. */
export class WebhookLimitReached extends DomainError {
  constructor(limit: number) {
    super(`A client has at most ${limit} webhooks: remove one first.`, { limit });
  }
}
