import type { FastifyInstance } from 'fastify';

/**
 * Ends all connections, too. fetch opens some in advance; the server waits for their first request, so they do not count as idle, and
 * it would not close while they are open.
 */
export async function closeServer(http: FastifyInstance): Promise<void> {
  const closed = http.close();
  http.server.closeAllConnections();
  await closed;
}
