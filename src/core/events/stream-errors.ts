import { DomainError } from '../../platform/domain-error.ts';

/** A user's application reads as many streams on this node as it may. */
export class StreamLimitReached extends DomainError {
  constructor(limit: number) {
    super(`This application reads ${limit} streams of this user already: end one of them first.`, { limit });
  }
}
