import { DomainError } from '../../../platform/domain-error.ts';

/** No such delivery, or another client's. */
export class DeliveryNotFound extends DomainError {
  constructor(id: string) {
    super(`There is no delivery "${id.slice(0, 64)}".`);
  }
}
