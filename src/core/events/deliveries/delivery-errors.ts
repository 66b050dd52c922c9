import type { DeclaredError, ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

export class DeliveryNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'delivery_not_found',
    status: 404,
    description: "There is no such delivery, or it is another client's.",
  };

  static override sample(): DeclaredError {
    return new DeliveryNotFound('4711');
  }

  constructor(id: string) {
    super(`There is no delivery "${id.slice(0, 64)}".`);
  }
}
