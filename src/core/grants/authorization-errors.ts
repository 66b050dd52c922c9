import { DomainError } from '../../platform/domain-error.ts';

/** There is no such client, or it may not use the way it came. */
export class ClientUnknown extends DomainError {
  constructor() {
    super('The client_id belongs to no client that may use this address.');
  }
}

export class RedirectUriMismatch extends DomainError {
  constructor() {
    super(
      'The redirect_uri is not one that is registered for this client: it must be the same to the letter.',
    );
  }
}

/** The person refused what the application asked for; the application hears it at its own address. */
export class GrantRefused extends DomainError {
  readonly returnTo: string;

  /** @param returnTo the application's redirect URI, with `error=access_denied` */
  constructor(returnTo: string) {
    super('The grant was refused.');
    this.returnTo = returnTo;
  }
}

/** The sign-in page was left open too long, or in another browser. */
export class InteractionLost extends DomainError {
  constructor() {
    super(
      'This sign-in has expired or was begun in another browser. Go back to the application and begin again.',
    );
  }
}

/** The user has granted the client nothing, or has withdrawn it. */
export class GrantNotFound extends DomainError {
  constructor(userName: string, clientId: string) {
    super(
      `The user "${userName.slice(0, 64)}" has granted nothing to the client "${clientId.slice(0, 64)}".`,
    );
  }
}
