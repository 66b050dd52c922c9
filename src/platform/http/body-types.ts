import type { FastifyRequest } from 'fastify';
import { FORM_OR_JSON } from './openapi/operation.ts';

const JSON_ONLY = ['application/json'];

/** The content types of the body that a route reads: those that it documents, which are JSON alone by default. Pages send forms. */
export function bodyTypesOf({ routeOptions }: FastifyRequest): readonly string[] {
  const { hide = false, consumes } = routeOptions?.schema ?? {};
  return consumes ?? (hide ? FORM_OR_JSON : JSON_ONLY);
}
