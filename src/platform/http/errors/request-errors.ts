import type { FastifyError } from 'fastify';
import { E164_PATTERN, InvalidPhoneNumber } from '../../../core/phone-numbers/phone-number.ts';
import { DomainError, InvalidInput } from '../../domain-error.ts';

type SchemaViolation = NonNullable<FastifyError['validation']>[number];

/** In our words: Fastify's would repeat what was sent. */
const UNREADABLE: Readonly<Record<number, string>> = {
  400: 'The address or the body cannot be read.',
  413: 'The body is larger than 64 KiB.',
  414: 'The address is too long.',
  415: 'The body must be a form (application/x-www-form-urlencoded) or JSON (application/json).',
};

/** Refused before anything of ours saw it: too large, no JSON, of a type that nobody reads. */
export class RequestUnreadable extends InvalidInput {
  readonly status: number;

  constructor(status: number, message: string) {
    super('request', message);
    this.status = status;
  }
}

export class NotFound extends DomainError {
  constructor() {
    super('There is nothing at this address.');
  }
}

/** The address is known, the method is not. */
export class MethodNotAllowed extends DomainError {
  readonly allowed: string;

  constructor(allowed: readonly string[]) {
    super(`This address knows ${allowed.join(', ')}, not this method.`);
    this.allowed = allowed.join(', ');
  }
}

/** What nobody foresaw; the cause is for the log alone. */
class InternalError extends DomainError {
  constructor(cause: unknown) {
    super('Something went wrong on our side; it has been logged.', {}, { cause });
  }
}

/** Puts whatever was thrown into the domain's terms. */
export function asDomainError(error: FastifyError): DomainError {
  if (error instanceof DomainError) return error;
  // The authorization server wraps our errors in its own.
  if (error.cause instanceof DomainError) return error.cause;
  const [violation] = error.validation ?? [];
  if (violation) return invalidInput(violation);
  const { statusCode: status } = error;
  if (status !== undefined && status < 500)
    return new RequestUnreadable(status, UNREADABLE[status] ?? 'The request cannot be read.');
  return new InternalError(error);
}

/** Says which parameter is missing or has the wrong form, in the words of its schema. */
function invalidInput({ keyword, instancePath, params, message }: SchemaViolation): InvalidInput {
  const property = params['missingProperty'] ?? params['additionalProperty'];
  const path =
    [...instancePath.split('/').slice(1), ...(property ? [String(property)] : [])].join('.') || 'body';
  if (keyword === 'required') return new InvalidInput(path, `Missing parameter: ${path}`);
  if (keyword === 'additionalProperties') return new InvalidInput(path, `Unknown parameter: ${path}`);
  if (keyword === 'enum')
    return new InvalidInput(
      path,
      `The parameter ${path} must be one of ${String(params['allowedValues']).replaceAll(',', ', ')}`,
    );
  if (keyword === 'pattern' && params['pattern'] === E164_PATTERN)
    return new InvalidPhoneNumber(path, `${path} must be in E.164 form, such as +447700900123`);
  return new InvalidInput(path, `The parameter ${path} ${message ?? 'is not valid'}`);
}
