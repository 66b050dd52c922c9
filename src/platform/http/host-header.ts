import fp from 'fastify-plugin';
import { RequestUnreadable } from './errors/unreadable-request-errors.ts';

/** uri-host [ ":" port ], not empty (RFC 9110 section 7.2, RFC 3986 section 3.2.2). */
const HOST = /^(?:\[[\w.:~!$&'()*+,;=-]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::\d*)?$/i;

/**
 * Refuses requests with several Host headers, or with an invalid one (RFC 9112 section 3.2). Node.js uses the first of several,
 * and a proxy may use another one. It refuses HTTP/1.1 without Host itself.
 */
export const hostHeader = fp(
  async (app) => {
    app.addHook('onRequest', (request, _reply, done) => {
      const { host } = request.headers;
      if (host === undefined || (HOST.test(host) && isOnlyHost(request.raw.rawHeaders))) done();
      else
        done(
          new RequestUnreadable(
            'The request must have exactly one Host header, a host and optionally a port.',
          ),
        );
    });
  },
  { name: 'host-header' },
);

/** @param rawHeaders names and values in turn, as received */
function isOnlyHost(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts <= 1;
}
