import type { DeclaredError, ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';

/** The application reads as many streams of a user on this node as it may. */
export class StreamLimitReached extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'stream_limit_reached',
    status: 429,
    description: 'The application has as many open streams of this user on this server as it may have.',
    retry: 'when one of the streams has ended',
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How many open streams there may be.' },
    },
  };

  static override sample(): DeclaredError {
    return new StreamLimitReached(20);
  }

  constructor(limit: number) {
    super(`This application already has ${limit} open streams of this user. Close one of them first.`, {
      limit,
    });
  }
}
