import type { FastifyRequest } from 'fastify';
import type { Administrator } from '../entry/request-context.ts';

/** Who is signed in, on routes with entry `console`. */
export function administratorOf({ administrator }: FastifyRequest): Administrator {
  if (!administrator) throw new Error('the route does not have entry console');
  return administrator;
}
