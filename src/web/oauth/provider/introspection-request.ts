import type { IncomingHttpHeaders } from 'node:http';
import querystring, { type ParsedUrlQuery } from 'node:querystring';
import { isDocumentAddress } from '../../../core/clients/document-client.ts';
import type { IntrospectionRequest } from './introspection.ts';

/** Bytes; a token has 43 characters. */
const MAX_LENGTH = 2_048;
const FORM = /^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i;
/** The provider handles requests with these: CORS, and other ways to authenticate. */
const UNUSUAL_HEADERS = ['origin', 'oauth-client-attestation', 'oauth-client-attestation-pop'];

/** Characters that no decoding changes. All ids and secrets that this server generates consist of them. */
const PLAIN = /^[\w.~-]+$/;
const BASIC = /^Basic ((?:[a-z\d+/]{4})*(?:[a-z\d+/]{2}==|[a-z\d+/]{3}=)?)$/i;
const PAIR = /^([^:]+):(.+)$/;
const OPAQUE_TOKEN = /^[\w-]+$/;

type Credentials = Pick<IntrospectionRequest, 'clientId' | 'clientSecret'>;

/** Whether the body of an introspection request is a small form, and no header makes the request unusual. */
export function isUsualIntrospection(headers: IncomingHttpHeaders): boolean {
  return (
    Number(headers['content-length']) <= MAX_LENGTH &&
    FORM.test(headers['content-type'] ?? '') &&
    UNUSUAL_HEADERS.every((name) => headers[name] === undefined)
  );
}

/**
 * Reads the usual introspection request: a token of the server, and a client's id and secret in the header or in the form.
 * @returns undefined for any other request, which the provider answers
 */
export function readIntrospection(
  { authorization }: IncomingHttpHeaders,
  body: Buffer,
): IntrospectionRequest | undefined {
  const form = querystring.parse(body.toString());
  const { token, token_type_hint: hint } = form;
  if (typeof token !== 'string' || !OPAQUE_TOKEN.test(token) || Array.isArray(hint)) return undefined;
  if (form['client_assertion'] || form['client_assertion_type']) return undefined;
  const credentials = authorization === undefined ? readForm(form) : readHeader(authorization, form);
  return credentials && !isDocumentAddress(credentials.clientId) ? { ...credentials, token } : undefined;
}

/** RFC 6749 section 2.3.1: id and secret are encoded as in a form. The form may repeat the id. */
function readHeader(authorization: string, form: ParsedUrlQuery): Credentials | undefined {
  const pair = Buffer.from(BASIC.exec(authorization)?.[1] ?? '', 'base64').toString('latin1');
  const [clientId = '', clientSecret = ''] = (PAIR.exec(pair) ?? [])
    .slice(1)
    .map((each) => querystring.unescape(each));
  if (form['client_secret'] || (form['client_id'] || clientId) !== clientId) return undefined;
  return PLAIN.test(clientId) && PLAIN.test(clientSecret) ? { clientId, clientSecret } : undefined;
}

function readForm({
  client_id: clientId,
  client_secret: clientSecret,
}: ParsedUrlQuery): Credentials | undefined {
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string') return undefined;
  return PLAIN.test(clientId) && clientSecret !== '' ? { clientId, clientSecret } : undefined;
}
