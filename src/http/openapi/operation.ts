import type { DomainError } from '../../domain-error.ts';

export type ErrorClass = abstract new (...args: never[]) => DomainError;

/** The headings under which the definition and the reference list the operations. */
export const TAGS = {
  classicCalls: 'Classic calls',
  classicAuthorization: 'Classic authorization',
  adminUsers: 'Administration: users',
  adminCalls: 'Administration: calls',
  adminClients: 'Administration: clients',
  server: 'Server',
} as const;

export const FORM_OR_JSON = ['application/x-www-form-urlencoded', 'application/json'];
export const JSON_OR_XML = ['application/json', 'application/xml'];

declare module 'fastify' {
  interface FastifySchema {
    /**
     * What the operation itself may raise. What comes with its entry and its form goes without saying: a token that does
     * not count, a body that cannot be read.
     */
    errors?: readonly ErrorClass[];
  }
}
