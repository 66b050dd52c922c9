import type { ClientMetadata, NewClient } from './client.ts';
import { originsOf } from './registration.ts';

/**
 * Clients that describe themselves by a document (draft-ietf-oauth-client-id-metadata-document-02). Such a client has no
 * registration: its id is the address of the document.
 */

/** Characters of the address of a document, which is the longest id of a client. */
export const MAX_CLIENT_ID_LENGTH = 256;

/** Whether an id is the address of a document. Registered clients have no such ids. */
export function isDocumentAddress(clientId: string): boolean {
  return /^https:/i.test(clientId);
}

/**
 * Finds what is wrong with the address of a document (section 3 of the draft). Only the normal form is accepted, so that one document
 * is one client.
 * @returns such as `must not contain a fragment`; undefined for a valid address
 */
export function findDocumentAddressProblem(address: string): string | undefined {
  if (address.length > MAX_CLIENT_ID_LENGTH) return `must have at most ${MAX_CLIENT_ID_LENGTH} characters`;
  const url = URL.parse(address);
  if (!url) return 'must be an https: URL';
  if (url.username || url.password) return 'must not contain a user name or a password';
  if (address.includes('#')) return 'must not contain a fragment';
  if (url.pathname === '/') return 'must have a path, such as /client.json';
  if (url.href !== address) return `must be in its normal form, which is ${url.href}`;
  return undefined;
}

/**
 * Whether the operator accepts documents of the host of a URL.
 * @param hosts `host` or `host:port`; `*.host` are the subdomains, and `*` is every host. The port is 443 unless the entry has one.
 */
export function isDocumentHost({ hostname, port }: URL, hosts: readonly string[]): boolean {
  return hosts.some((entry) => {
    const [, pattern = '', entryPort = '443'] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (entryPort !== (port || '443')) return false;
    if (pattern === '*') return true;
    return pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;
  });
}

/** The name of such a client wherever one is shown: the host is certain, the name is what the client calls itself. */
export function nameOfDocumentClient(address: string, ownName: string | undefined): string {
  const { host } = new URL(address);
  return ownName === undefined ? host : `${host} (“${ownName}”)`;
}

/** @param metadata by the rules of the authorization server */
export function createDocumentClient(address: string, metadata: ClientMetadata): NewClient {
  const { client_name: ownName, redirect_uris: redirectUris, origins } = metadata;
  return {
    id: address,
    name: nameOfDocumentClient(address, typeof ownName === 'string' ? ownName : undefined),
    classic: false,
    secretHash: null,
    origins: originsOf(redirectUris as string[], (origins ?? []) as string[]),
    metadata,
    demo: false,
    registeredBy: 'document',
  };
}
