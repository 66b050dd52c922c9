import type { ErrorClass } from '../../declared-error.ts';

/** The headings of the operations in the definition and the reference. */
export const TAGS = {
  calls: 'Calls',
  recording: 'Recording',
  webhooks: 'Webhooks',
  classicCalls: 'Classic calls',
  classicAuthorization: 'Classic authorization',
  adminUsers: 'Administration: users',
  adminCalls: 'Administration: calls',
  adminStatistics: 'Administration: statistics',
  adminRetention: 'Administration: retention',
  adminClients: 'Administration: clients',
  adminGrants: 'Administration: grants',
  adminWebhooks: 'Administration: webhooks',
  adminAuditLog: 'Administration: audit log',
  server: 'Server',
} as const;

export const FORM_OR_JSON = ['application/x-www-form-urlencoded', 'application/json'];
export const JSON_OR_XML = ['application/json', 'application/xml'];

declare module 'fastify' {
  interface FastifySchema {
    /**
     * The errors of the operation itself. Errors of its authentication and of its request format, such as an invalid token or
     * an unreadable body, are added automatically.
     */
    errors?: readonly ErrorClass[];
    /** Requests that the server sends because of the operation (OpenAPI callbacks). */
    callbacks?: Readonly<Record<string, object>>;
  }
}
