import type { FastifyRequest } from 'fastify';
import { InvalidInput } from '../../platform/domain-error.ts';
import './request-context.ts';
import type { Access } from '../../core/tokens/access.ts';
import { hashToken, type PresentedToken } from '../../core/tokens/access-token.ts';
import type { DpopProofCheck } from '../../core/tokens/dpop-proof.ts';
import { TokenInvalid, TokenMissing } from '../../core/tokens/token-errors.ts';

/** Matches the whole scheme (RFC 9110 section 5.6.2): `Bearer-x` is another one. */
const SCHEME = /^(Bearer|DPoP)(?![\w!#$%&'*+.^`|~-])/i;
/** RFC 6750 section 2.1. */
const CREDENTIALS = /^(Bearer|DPoP) +([A-Za-z0-9._~+/-]+=*) *$/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i;

interface Credentials {
  readonly scheme: 'bearer' | 'dpop';
  readonly token: string;
  readonly inQuery: boolean;
}

/**
 * Reads the access token of a request: `Authorization: Bearer` (RFC 6750) or `DPoP` (RFC 9449 section 7.1), and the query
 * parameter `access_token`. UserInfo also accepts `access_token` in a form. Routes of 2012 also accept `Authentication: Bearer`.
 * Elsewhere it is an unknown header, because proxies and tools that redact credentials do not know it.
 * @throws TokenMissing, TokenInvalid for a proof that fails, InvalidInput for two different tokens
 */
export async function readPresentedToken(
  request: FastifyRequest,
  checkProof: DpopProofCheck,
): Promise<PresentedToken> {
  const credentials = readCredentials(request);
  const [first] = credentials;
  if (!first) throw new TokenMissing();
  if (credentials.some(({ token }) => token !== first.token)) {
    throw new InvalidInput('access_token', 'The request contains two different access tokens. Send one.');
  }
  const proofKeyThumbprint = credentials.some(({ scheme }) => scheme === 'dpop')
    ? await checkProof(proofOf(request, first.token))
    : null;
  return {
    hash: hashToken(first.token),
    proofKeyThumbprint,
    inQuery: credentials.some(({ inQuery }) => inQuery),
    resource: request.routeOptions.config.api?.resource ?? null,
  };
}

/** The token of a request on a route with entry `token` or `administrator`. @throws TokenMissing */
export function tokenOf({ presentedToken }: FastifyRequest): PresentedToken {
  if (!presentedToken) throw new TokenMissing();
  return presentedToken;
}

/** The token of a request, with the scopes of its route. @throws TokenMissing */
export function accessOf(request: FastifyRequest): Access {
  return { token: tokenOf(request), scopes: request.routeOptions.config.scopes ?? [] };
}

/** The SHA-256 of the request's token; null if there is none, or it is malformed. */
export function presentedTokenHash(request: FastifyRequest): Buffer | null {
  try {
    const [first] = readCredentials(request);
    return first ? hashToken(first.token) : null;
  } catch {
    return null;
  }
}

/** Reads the tokens from all places. @throws TokenInvalid */
function readCredentials(request: FastifyRequest): Credentials[] {
  return [
    ...fromHeader(request, 'authorization'),
    ...(request.routeOptions.config.authenticationHeader ? fromHeader(request, 'authentication') : []),
    ...fromQuery(request),
    ...(request.routeOptions.config.tokenInForm ? fromForm(request) : []),
  ];
}

function fromHeader(request: FastifyRequest, name: 'authorization' | 'authentication'): Credentials[] {
  const value = request.headers[name];
  if (value === undefined || !SCHEME.test(String(value))) return []; // another scheme
  const [, scheme, token] = CREDENTIALS.exec(String(value)) ?? [];
  if (!scheme || !token)
    throw new TokenInvalid(`The header ${name} must be "Bearer <token>" or "DPoP <token>".`);
  return [{ scheme: scheme.toLowerCase() as Credentials['scheme'], token, inQuery: false }];
}

function fromQuery({ query }: FastifyRequest): Credentials[] {
  return tokensIn(query).map((token) => ({ scheme: 'bearer', token, inQuery: true }));
}

/** RFC 6750 section 2.2. */
function fromForm({ headers, body }: FastifyRequest): Credentials[] {
  if (!FORM_TYPE.test(headers['content-type'] ?? '')) return [];
  return tokensIn(body).map((token) => ({ scheme: 'bearer', token, inQuery: false }));
}

function tokensIn(parameters: unknown): string[] {
  const { access_token: value = [] } = (parameters ?? {}) as { access_token?: string | string[] };
  return [value].flat();
}

function proofOf(request: FastifyRequest, token: string) {
  const proof = request.headers['dpop'];
  if (typeof proof !== 'string')
    throw new TokenInvalid('An access token sent as "DPoP" requires a proof in the header DPoP.');
  const [path = '/'] = request.url.split('?');
  return { proof, token, method: request.method, path };
}
