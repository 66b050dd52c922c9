import { DeclaredError, type ErrorDeclaration } from './declared-error.ts';

/** Base class of expected errors: the request is invalid, or a rule forbids it. */
export abstract class DomainError extends DeclaredError {}

/** The detail of errors about one part of a request. */
export const FIELD = {
  field: {
    type: 'string',
    description: 'The parameter that is missing or invalid, such as `caller.number` or `redirectUris[0]`.',
  },
};

/** A part of the request is invalid; `field` names the part. */
export class InvalidInput extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'invalid_input',
    status: 400,
    camara: { code: 'INVALID_ARGUMENT' },
    description: 'A parameter is missing or invalid.',
    details: FIELD,
  };

  static override sample(): DeclaredError {
    return new InvalidInput('pagesize', 'Unknown parameter: pagesize');
  }

  constructor(field: string, message: string) {
    super(message, { field });
  }
}
