import type { FastifyRequest } from 'fastify';
import { AddressUnreadable } from './unreadable-request-errors.ts';

/**
 * Makes a path decodable, so that a request with an invalid one reaches the hooks, which add the headers of every response.
 * Fastify would refuse it before. Such a request must be refused by `refuseUnreadablePath`.
 * @returns the URL unchanged if its path can be decoded
 */
export function readablePath(url: string): string {
  if (!url.includes('%')) return url;
  const [path = '', ...query] = url.split('?');
  return isDecodable(path) ? url : [path.replaceAll('%', '%25'), ...query].join('?');
}

/** @throws AddressUnreadable for a path that had to be made decodable */
export function refuseUnreadablePath({ originalUrl, url }: FastifyRequest): void {
  if (originalUrl !== url) throw new AddressUnreadable();
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
