import type { DeclaredError, ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError, FIELD } from '../../platform/domain-error.ts';

/** The configuration sets a part of the brand, so administrators cannot. */
export class BrandFixed extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'brand_fixed',
    status: 409,
    description: 'The configuration of the server sets this part of the brand.',
    details: FIELD,
  };

  static override sample(): DeclaredError {
    return new BrandFixed('name');
  }

  constructor(field: string) {
    super(`The configuration of the server sets ${field}. Change it there.`, { field });
  }
}
