import type { ErrorClass } from '../../declared-error.ts';

/** The headings under which the definition and the reference list the operations. */
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
     * What the operation itself may raise. What comes with its entry and its form goes without saying: a token that does
     * not count, a body that cannot be read.
     */
    errors?: readonly ErrorClass[];
    /** Requests that the operation brings about, as OpenAPI documents them. */
    callbacks?: Readonly<Record<string, object>>;
  }
}
