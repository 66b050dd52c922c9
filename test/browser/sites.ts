import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from '../harness/clean-up.ts';

/** Starts the site of an application. @param host also part of its origin @returns its origin */
export async function startSite(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  afterFile(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function redirectTo(address: string) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { search } = new URL(request.url ?? '/', 'http://site');
    response.writeHead(302, { location: `${address}${search}` }).end();
  };
}

/** @param script runs in the page */
export function page(title: string, script = '') {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(`<!doctype html><title>${title}</title><h1>${title}</h1><script>${script}</script>`);
  };
}
