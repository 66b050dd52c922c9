import {
  createGuardedClient,
  RequestFailed,
  type ResponseHead,
} from '../../../platform/outbound/guarded-client.ts';
import { isAllowedHost } from '../../../platform/outbound/public-addresses.ts';
import { ClientDocumentRefused, ClientDocumentUnavailable } from './client-document-errors.ts';
import { createRead, type DocumentRead, findReadProblem } from './concurrent-reads.ts';
import { findDuplicateKey } from './duplicate-keys.ts';

/** From the DNS look-up to the end of the document. */
const TIMEOUT_MS = 5_000;
/** Section 6.6 of the draft. */
const MAX_BYTES = 5 * 1024;

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/**
 * @param ipAddress of the request that needs the document; undefined if the server itself needs it
 * @throws ClientDocumentRefused, ClientDocumentUnavailable
 */
export type ReadClientDocument = (address: string, ipAddress: string | undefined) => Promise<Response>;

export interface ClientDocumentReaderSettings {
  /** The hosts whose documents are accepted. See `isDocumentHost`. */
  readonly hosts: readonly string[];
  /** Private hosts that the server may connect to, as `host` or `host:port`. */
  readonly allowHosts: readonly string[];
}

/** Reads documents, and checks all that does not depend on what they say. */
export function createClientDocumentReader(settings: ClientDocumentReaderSettings): ReadClientDocument {
  const client = createGuardedClient({ allowHosts: privateHosts(settings), timeoutMs: TIMEOUT_MS });
  const reads = new Set<DocumentRead>();

  return async (address, ipAddress) => {
    const read = createRead(address, ipAddress);
    const problem = findReadProblem(reads, read);
    if (problem !== undefined) throw new ClientDocumentUnavailable(address, problem);
    reads.add(read);
    try {
      const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
      const request = { method: 'GET', url: address, headers } as const;
      const { body, ...head } = await client.read(request, MAX_BYTES, isDocument);
      if (!body) throw refusalOf(address, head);
      return new Response(readText(address, body), { headers: cachingHeaders(head) });
    } catch (error) {
      throw error instanceof RequestFailed ? asDocumentError(address, error) : error;
    } finally {
      reads.delete(read);
    }
  };
}

/**
 * The private hosts whose documents may be read: those that both lists name. A pattern accepts public hosts only, so that a stranger
 * cannot make the server read what was allowed for sinks.
 */
function privateHosts({ hosts, allowHosts }: ClientDocumentReaderSettings): string[] {
  return hosts
    .filter((entry) => !entry.includes('*'))
    .map((entry) => new URL(`https://${entry}`))
    .filter((url) => isAllowedHost(url, allowHosts))
    .map(({ hostname, port }) => `${hostname}:${port || '443'}`);
}

/** A document that is too long, or has a private address, stays so. */
function asDocumentError(address: string, { message, permanent }: RequestFailed): Error {
  return permanent
    ? new ClientDocumentRefused(address, message)
    : new ClientDocumentUnavailable(address, message);
}

/** Whether a response brings a document. The body of another, such as a long page that explains an outage, is not read. */
function isDocument({ status, headers }: ResponseHead): boolean {
  return status === 200 && JSON_TYPE.test(headers['content-type'] ?? '');
}

/** Says why a response brings no document. */
function refusalOf(address: string, { status }: ResponseHead): Error {
  if (status >= 500 || status === 429)
    return new ClientDocumentUnavailable(address, `its host answered ${status}`);
  if (status >= 300 && status < 400)
    return new ClientDocumentRefused(address, `its host answered ${status}, and redirects are not followed`);
  if (status !== 200) return new ClientDocumentRefused(address, `its host answered ${status} instead of 200`);
  return new ClientDocumentRefused(address, 'its content type is not application/json');
}

function readText(address: string, body: Buffer): string {
  let text: string;
  let document: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    document = JSON.parse(text);
  } catch {
    throw new ClientDocumentRefused(address, 'it is not JSON');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new ClientDocumentRefused(address, 'it is not a JSON object');
  if (!('client_id' in document && document.client_id === address))
    throw new ClientDocumentRefused(address, 'its client_id is not its own address');
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined)
    throw new ClientDocumentRefused(address, `it has ${JSON.stringify(duplicate.slice(0, 64))} twice`);
  return text;
}

/** What says for how long the provider may keep the document. */
function cachingHeaders({ headers }: ResponseHead): Record<string, string> {
  const { 'cache-control': cacheControl, expires } = headers;
  return { ...(cacheControl && { 'cache-control': cacheControl }), ...(expires && { expires }) };
}
