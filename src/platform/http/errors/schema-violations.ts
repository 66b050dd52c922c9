import type { FastifySchemaValidationError } from 'fastify';
import { InvalidInput } from '../../domain-error.ts';

/** @returns an error that says which parameter is missing or invalid, and what its schema allows */
export function schemaError([violation]: readonly FastifySchemaValidationError[]): InvalidInput {
  if (!violation) return new InvalidInput('request', 'The request is invalid.');
  const { keyword, params, message } = violation;
  const field = fieldOf(violation);
  switch (keyword) {
    case 'required':
      return new InvalidInput(field, `Missing parameter: ${field}`);
    case 'additionalProperties':
      return new InvalidInput(field, `Unknown parameter: ${field}`);
    case 'enum':
      return new InvalidInput(
        field,
        `${field} must be one of: ${[params['allowedValues']].flat().join(', ')}.`,
      );
    default:
      return new InvalidInput(field, `${field} ${message ?? 'is invalid'}.`);
  }
}

/** @returns the path of the invalid property, such as `caller.number` */
export function fieldOf({ instancePath, params }: FastifySchemaValidationError): string {
  const property = params['missingProperty'] ?? params['additionalProperty'];
  return [...instancePath.split('/').slice(1), ...(property ? [String(property)] : [])].join('.') || 'body';
}
