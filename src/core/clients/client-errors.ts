import { DomainError } from '../../platform/domain-error.ts';

export class ClientNotFound extends DomainError {
  constructor(id: string) {
    super(`There is no client "${id.slice(0, 64)}".`);
  }
}

/** The registration is refused, by the rules of OpenID Connect Dynamic Client Registration. */
export class ClientMetadataInvalid extends DomainError {}

export class ClientHasNoSecret extends DomainError {
  constructor(id: string) {
    super(`The client "${id}" is public: it has no secret to rotate.`);
  }
}
