import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../core/audit/actor.ts';
import './request-context.ts';

/** The actor of a request, for the audit log. */
export function actorOf({ administrator, signedInUser, clientId, ip: ipAddress }: FastifyRequest): Actor {
  if (administrator) {
    const { name: _, ...ids } = administrator;
    return { kind: 'administrator', ...ids, ipAddress };
  }
  if (signedInUser) return { kind: 'user', userId: signedInUser.userId, ipAddress };
  if (clientId !== '') return { kind: 'application', clientId, ipAddress };
  return { kind: 'unknown', ipAddress };
}
