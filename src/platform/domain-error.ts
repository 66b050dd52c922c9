import { DeclaredError, type ErrorDeclaration } from './declared-error.ts';

/** Base of the errors that the server raises on purpose, because of what the request asks for or what a rule says. */
export abstract class DomainError extends DeclaredError {}

/** The details of errors that concern one part of a request. */
export const FIELD = {
  field: { type: 'string', description: 'The parameter that is missing or invalid.' },
};

/** Part of a request does not have the form that it must have; `field` names the part. */
export class InvalidInput extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'invalid_input',
    status: 400,
    camara: { code: 'INVALID_ARGUMENT' },
    description: 'A parameter is missing or invalid. `field` names it.',
    details: FIELD,
  };

  constructor(field: string, message: string) {
    super(message, { field });
  }
}
