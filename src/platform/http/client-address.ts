import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { readAddress } from '../networks.ts';

/**
 * Removes the ports that some proxies add to the addresses in `X-Forwarded-For`, before the throttles, the audit log and the
 * check of trusted proxies read them. Warns once when a trusted proxy forwards something else than an address, because all such
 * clients share one throttle.
 */
export function readForwardedAddresses(app: FastifyInstance, log: Pick<FastifyBaseLogger, 'warn'>): void {
  let warned = false;
  app.addHook('onRequest', async (request) => {
    const { headers } = request.raw;
    const forwarded = headers[FORWARDED_FOR];
    if (typeof forwarded === 'string') headers[FORWARDED_FOR] = withoutPorts(forwarded);
    if (warned || readAddress(request.ip) !== undefined) return;
    warned = true;
    log.warn(
      { address: request.ip.slice(0, 100) },
      'http: cannot read the address that the proxy sends in X-Forwarded-For; clients without an address share one throttle',
    );
  });
}

const FORWARDED_FOR = 'x-forwarded-for';

/** Leaves what is no address as it is. */
function withoutPorts(forwarded: string): string {
  return forwarded
    .split(',')
    .map((text) => readAddress(text.trim()) ?? text)
    .join(',');
}
