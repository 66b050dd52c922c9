import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { readAddress } from '../networks.ts';

/** Warns once when a trusted proxy forwards something else than an address, because all such clients share one throttle. */
export function warnOfUnreadableAddresses(app: FastifyInstance, log: Pick<FastifyBaseLogger, 'warn'>): void {
  let warned = false;
  app.addHook('onRequest', async ({ ip }) => {
    if (warned || readAddress(ip) !== undefined) return;
    warned = true;
    log.warn(
      { address: ip.slice(0, 100) },
      'http: cannot read the address that the proxy sends in X-Forwarded-For; clients without an address share one throttle',
    );
  });
}
