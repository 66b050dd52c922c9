import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

/** The interaction has expired, or belongs to another browser. */
export class InteractionLost extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'interaction_lost',
    status: 400,
    description: 'The sign-in has expired, or was started in another browser.',
    page: { title: 'This sign-in has expired', advice: 'Access was not allowed, and nothing was changed.' },
  };

  constructor() {
    super(
      'This sign-in has expired, or was started in another browser. Go back to the application and start again.',
    );
  }
}
