import type { FastifyError } from 'fastify';
import { DeclaredError } from '../../declared-error.ts';
import { InternalError } from './request-errors.ts';
import {
  AddressTooLong,
  BodyTooLarge,
  BodyTypeNotSupported,
  PathForbidden,
  RequestUnreadable,
} from './unreadable-request-errors.ts';

/** By the status that Fastify or a plugin gives. Their own messages would repeat what was sent. */
const UNREADABLE = new Map(
  [PathForbidden, BodyTooLarge, AddressTooLong, BodyTypeNotSupported].map((type) => [
    type.declaration.status,
    type,
  ]),
);

/** Whatever was thrown, as an error that can be presented; one that nobody declared is an internal error. */
export function asDeclaredError(error: FastifyError): DeclaredError {
  if (error instanceof DeclaredError) return error;
  // The authorization server wraps our errors in its own.
  if (error.cause instanceof DeclaredError) return error.cause;
  const { statusCode = 500 } = error;
  return statusCode < 500
    ? new (UNREADABLE.get(statusCode) ?? RequestUnreadable)()
    : new InternalError(error);
}
