import type { FastifyRequest } from 'fastify';
import type { Actor } from '../audit/actor.ts';
import type { Administrator } from '../http/request-context.ts';

/** Who is signed in, on routes with entry `console`. */
export function administratorOf({ administrator }: FastifyRequest): Administrator {
  if (!administrator) throw new Error('the route does not have entry console');
  return administrator;
}

/** The same, as the audit log names them. */
export function actorOf(request: FastifyRequest): Actor {
  return {
    kind: 'administrator',
    userId: administratorOf(request).userId,
    ipAddress: request.ip.slice(0, 64),
  };
}
