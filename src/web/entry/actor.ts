import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../core/audit/actor.ts';
import './request-context.ts';

/** Who acts, for the audit log: an administrator, a person on their own pages, or an application for itself. */
export function actorOf({ administrator, person, clientId, ip: ipAddress }: FastifyRequest): Actor {
  if (administrator) {
    const { name: _, ...ids } = administrator;
    return { kind: 'administrator', ...ids, ipAddress };
  }
  if (person) return { kind: 'user', userId: person.userId, ipAddress };
  if (clientId !== '') return { kind: 'application', clientId, ipAddress };
  return { kind: 'nobody', ipAddress };
}
