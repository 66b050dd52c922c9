import type { FastifyError, FastifyRequest } from 'fastify';
import { DeclaredError } from '../../declared-error.ts';
import { bodyTypesOf } from '../body-types.ts';
import { InternalError } from './request-errors.ts';
import {
  AddressTooLong,
  BodyTooLarge,
  BodyTypeNotSupported,
  PathForbidden,
  RequestUnreadable,
} from './unreadable-request-errors.ts';

/** By the status of an error of Fastify or a plugin. Their own messages would repeat the input. */
const UNREADABLE = new Map([PathForbidden, AddressTooLong].map((type) => [type.declaration.status, type]));

/** Converts any error to one that an API can return. An undeclared error becomes an internal error. */
export function asDeclaredError(error: FastifyError, request: FastifyRequest): DeclaredError {
  if (error instanceof DeclaredError) return error;
  // The authorization server wraps errors of this server in its own.
  if (error.cause instanceof DeclaredError) return error.cause;
  const { statusCode = 500 } = error;
  if (statusCode === BodyTypeNotSupported.declaration.status)
    return new BodyTypeNotSupported(bodyTypesOf(request));
  if (statusCode === BodyTooLarge.declaration.status) return new BodyTooLarge(request.routeOptions.bodyLimit);
  return statusCode < 500
    ? new (UNREADABLE.get(statusCode) ?? RequestUnreadable)()
    : new InternalError(error);
}
