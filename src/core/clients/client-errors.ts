import type { DeclaredError, ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { MAX_CLIENT_ID_LENGTH } from './document-client.ts';

export class ClientNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_not_found',
    status: 404,
    description: 'There is no client with this id.',
    page: {
      title: 'There is no such application',
      advice: 'It may have been removed. Go back to where you came from.',
    },
  };

  static override sample(): DeclaredError {
    return new ClientNotFound('crm');
  }

  constructor(id: string) {
    super(`There is no client "${id.slice(0, MAX_CLIENT_ID_LENGTH)}".`);
  }
}

/** The registration breaks a rule of OpenID Connect Dynamic Client Registration; the message says which. */
export class ClientMetadataInvalid extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_metadata_invalid',
    status: 400,
    description: 'The registration of the client is invalid.',
  };

  static override sample(): DeclaredError {
    return new ClientMetadataInvalid('redirect_uris must have at least one member.');
  }
}

export class ClientHasNoSecret extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_has_no_secret',
    status: 409,
    description: 'The client is public, so it has no secret to rotate.',
  };

  static override sample(): DeclaredError {
    return new ClientHasNoSecret('crm');
  }

  constructor(id: string) {
    super(`The client "${id}" is public, so it has no secret to rotate.`);
  }
}

/** A public client could not keep others from using its codes, and a classic client uses no PKCE at all. */
export class PkceNotOptional extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'pkce_not_optional',
    status: 409,
    description:
      'PKCE can be optional only for a client that authenticates, and that is not classic: classic clients never use it.',
  };

  static override sample(): DeclaredError {
    return new PkceNotOptional('crm', false);
  }

  constructor(id: string, classic: boolean) {
    super(
      classic
        ? `The client "${id}" is classic, so it never uses PKCE.`
        : `The client "${id}" is public, so it must use PKCE.`,
    );
  }
}

/** An administrator cannot change what the client says about itself. */
export class ClientDescribedByDocument extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_described_by_document',
    status: 409,
    description: 'The client describes itself by a document, and only that document can change.',
  };

  static override sample(): DeclaredError {
    return new ClientDescribedByDocument('https://app.example/client.json');
  }

  constructor(id: string) {
    super(`The client is described by the document at ${id}: change the document.`);
  }
}

/** The client does not sign assertions, so they have no audience. */
export class ClientHasNoKey extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_has_no_key',
    status: 409,
    description: 'The client does not authenticate with a key (`private_key_jwt`).',
  };

  static override sample(): DeclaredError {
    return new ClientHasNoKey('crm');
  }

  constructor(id: string) {
    super(`The client "${id}" does not authenticate with a key (private_key_jwt).`);
  }
}
