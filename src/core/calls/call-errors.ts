import {
  type DeclaredError,
  type ErrorDeclaration,
  RETRY_AFTER,
  retryAfter,
} from '../../platform/declared-error.ts';
import { DomainError, FIELD, InvalidInput } from '../../platform/domain-error.ts';

/** There is no such call, or the access token gives no access to it. */
export class CallNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_not_found',
    status: 404,
    classic: { status: 409 },
    camara: { code: 'NOT_FOUND' },
    description: "There is no such call, or it is another user's.",
    page: {
      title: 'There is no such call',
      advice: 'Check your list of calls. This one may have ended long ago.',
    },
  };

  static override sample(): DeclaredError {
    return new CallNotFound('6c1f8a1f0a5f4c1d9e2b7a3c5d4e6f70');
  }

  constructor(id: string) {
    super(`There is no call "${id.slice(0, 64)}".`);
  }
}

/** New calls would wait too long, and delay the ongoing ones. */
export class ServerOverloaded extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'server_overloaded',
    status: 503,
    camara: { code: 'UNAVAILABLE' },
    description:
      'The server gets more calls than it can set up. The request had no effect; its token was not checked.',
    headers: RETRY_AFTER,
    page: { title: 'Too many calls at once', advice: 'Wait a moment, then try again.' },
  };

  constructor() {
    super('The server is overloaded. Try again in a moment.');
  }

  override headers(): Record<string, string> {
    return retryAfter(1);
  }
}

/** The call has already ended: it can be neither ended nor renewed. */
export class CallEnded extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_ended',
    status: 409,
    camara: { code: 'INCOMPATIBLE_STATE' },
    description: 'The call has already ended.',
  };

  static override sample(): DeclaredError {
    return new CallEnded('6c1f8a1f0a5f4c1d9e2b7a3c5d4e6f70');
  }

  constructor(id: string) {
    super(`The call "${id}" has already ended.`);
  }
}

/** The user has an ongoing call between the same two numbers. */
export class CallAlreadyOngoing extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_already_ongoing',
    status: 409,
    camara: { code: 'ALREADY_EXISTS' },
    description: 'The user already has an ongoing call between the same two numbers.',
    retry: 'when that call has ended',
  };

  constructor() {
    super('There is already an ongoing call between these two numbers.');
  }
}

/** The caller is not one of the user's own numbers; the user may have none. */
export class CallerNotOwn extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'caller_not_own',
    status: 403,
    camara: { status: 422, code: 'CLICK_TO_DIAL.CALLER_NOT_AVAILABLE' },
    description: "The caller is not one of the user's own numbers.",
  };

  constructor(hasNone = false) {
    super(
      hasNone
        ? 'This user has no number to call from yet. An administrator can add one.'
        : "The caller must be one of the user's own numbers.",
    );
  }
}

export class SameCallerAndCallee extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'same_caller_and_callee',
    status: 400,
    camara: { status: 422, code: 'CLICK_TO_DIAL.SAME_CALLER_CALLEE' },
    description: 'Caller and callee are the same number.',
  };

  constructor() {
    super('Caller and callee must be different numbers.');
  }
}

/** Only a call that its client keeps alive can be renewed. */
export class CallNotRenewable extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_not_renewable',
    status: 422,
    description: 'A carrier keeps the call alive, so it need not be renewed.',
  };

  constructor() {
    super('This call need not be renewed: its carrier keeps it alive.');
  }
}

/** The key was used for a different request. */
export class IdempotencyKeyReused extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'idempotency_key_reused',
    status: 422,
    description: 'An earlier request with the same `Idempotency-Key` was a different one.',
  };

  constructor() {
    super('This Idempotency-Key was used for a different request. Use a new key for each call.');
  }
}

/** A number of seconds is outside the range that this server allows. */
export class OutOfRange extends InvalidInput {
  static override readonly declaration: ErrorDeclaration = {
    code: InvalidInput.declaration.code,
    status: InvalidInput.declaration.status,
    description: 'A number of seconds is outside the range that this server allows.',
    details: FIELD,
  };

  static override sample(): DeclaredError {
    return new OutOfRange('ringTimeout', 120);
  }

  constructor(field: string, max: number) {
    super(field, `${field} must be a whole number of seconds from 1 to ${max}.`);
  }
}

/** No keys are agreed on with the client for its sink. */
export class PrivateKeyJwtNotConfigured extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'private_key_jwt_not_configured',
    status: 422,
    camara: { code: 'PRIVATE_KEY_JWT_NOT_CONFIGURED' },
    description: 'The type of `sinkCredential` is `PRIVATE_KEY_JWT`, which this server does not support.',
  };

  constructor() {
    super('sinkCredential.credentialType must be ACCESSTOKEN: this server does not support PRIVATE_KEY_JWT.');
  }
}

/** The access token of a sink has expired. */
export class CredentialExpired extends InvalidInput {
  constructor() {
    super(
      'sinkCredential.accessTokenExpiresUtc',
      'sinkCredential.accessTokenExpiresUtc must be in the future.',
    );
  }
}
