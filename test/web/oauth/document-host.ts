import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import * as oauth from 'openid-client';
import { afterFile } from '../../harness/clean-up.ts';
import { MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { makeCertificate } from '../../peers/certificate.ts';

export interface Page {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A website that publishes documents of clients. Its certificate is trusted in this process. */
export interface DocumentHost {
  /** Host and port. */
  readonly host: string;
  readonly server: Server;
  /** The paths that were requested, in order. */
  readonly requested: string[];
  /** Publishes a document. @returns its address, which is the client's id */
  publish(path: string, metadata?: Readonly<Record<string, unknown>>): string;
  /** Answers a path with anything. @returns its address */
  serve(path: string, page: Page | ((address: string) => Page)): string;
}

export async function startDocumentHost(): Promise<DocumentHost> {
  const { cert, key } = makeCertificate();
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cert]);
  const pages = new Map<string, Page>();
  const requested: string[] = [];
  const server = createServer({ cert, key }, ({ url = '' }, response) => {
    requested.push(url);
    const page = pages.get(url);
    response.writeHead(page?.status ?? (page ? 200 : 404), page?.headers).end(page?.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterFile(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  const addressOf = (path: string) => `https://${host}${path}`;
  const serve: DocumentHost['serve'] = (path, page) => {
    pages.set(path, typeof page === 'function' ? page(addressOf(path)) : page);
    return addressOf(path);
  };
  return {
    host,
    server,
    requested,
    serve,
    publish: (path, metadata = {}) => serve(path, (address) => documentPage(address, metadata)),
  };
}

/** A document that is complete, unless `metadata` says otherwise. */
export function documentPage(address: string, metadata: Readonly<Record<string, unknown>> = {}): Page {
  const document = {
    client_id: address,
    client_name: 'Dialer',
    redirect_uris: [MODERN_REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    ...metadata,
  };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) };
}

/** openid-client for the client that a document describes. */
export function configureDescribed(
  url: string,
  address: string,
  authentication = oauth.None(),
): Promise<oauth.Configuration> {
  return oauth.discovery(new URL(url), address, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [oauth.allowInsecureRequests],
  });
}

/** The settings with which a server accepts documents of this host, which is private. */
export function acceptDocumentsOf({ host }: DocumentHost): Record<string, string> {
  return { CLIENT_DOCUMENT_HOSTS: host, SINK_ALLOW_HOSTS: host };
}
