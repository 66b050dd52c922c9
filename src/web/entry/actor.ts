import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../core/audit/actor.ts';
import './request-context.ts';

/** Whoever the route let in, for the audit log: an administrator, or an application by itself. */
export function actorOf({ administrator, clientId, ip: ipAddress }: FastifyRequest): Actor {
  if (administrator) {
    const { name: _, ...ids } = administrator;
    return { kind: 'administrator', ...ids, ipAddress };
  }
  if (clientId !== '') return { kind: 'application', clientId, ipAddress };
  return { kind: 'nobody', ipAddress };
}
