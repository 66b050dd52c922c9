import type { ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError, InvalidInput } from '../../platform/domain-error.ts';

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

  constructor(id: string) {
    super(`There is no call "${id.slice(0, 64)}".`);
  }
}

/** The call has already ended: it can be neither ended nor renewed. */
export class CallEnded extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_ended',
    status: 409,
    camara: { code: 'ALREADY_EXISTS' },
    description: 'The call has already ended.',
  };

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
    camara: { code: 'INVALID_TOKEN_CONTEXT' },
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
    camara: { status: 422, code: 'SAME_CALLER_CALLEE' },
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
    camara: { code: 'SERVICE_NOT_APPLICABLE' },
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
    camara: { code: 'IDEMPOTENCY_KEY_REUSED' },
    description: 'An earlier request with the same `Idempotency-Key` was a different one.',
  };

  constructor() {
    super('This Idempotency-Key was used for a different request. Use a new key for each call.');
  }
}

/** A number of seconds is outside the range that this server allows. */
export class OutOfRange extends InvalidInput {
  static override readonly declaration: ErrorDeclaration = {
    ...InvalidInput.declaration,
    camara: { code: 'OUT_OF_RANGE' },
    description: 'A number of seconds is outside the range that this server allows.',
  };

  constructor(field: string, max: number) {
    super(field, `${field} must be a whole number of seconds from 1 to ${max}.`);
  }
}

/** The credential of a sink has a type that this server cannot present, or has expired. */
export class CredentialNotSupported extends InvalidInput {
  static override readonly declaration: ErrorDeclaration = {
    ...InvalidInput.declaration,
    camara: { code: 'INVALID_CREDENTIAL' },
    description: 'The type of `sinkCredential` is not `ACCESSTOKEN`, or its access token has expired.',
  };
}

export class CredentialExpired extends CredentialNotSupported {
  constructor() {
    super(
      'sinkCredential.accessTokenExpiresUtc',
      'sinkCredential.accessTokenExpiresUtc must be in the future.',
    );
  }
}
