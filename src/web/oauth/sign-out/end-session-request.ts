import { decodeJwt } from 'jose';
import type { Client } from 'oidc-provider';
import { type Static, Type } from 'typebox';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { EndSessionRequestInvalid } from './end-session-errors.ts';

const text = Type.Optional(Type.String({ maxLength: 2_048 }));

/** OpenID Connect RP-Initiated Logout 1.0 section 2. The page needs neither `logout_hint` nor `ui_locales`. */
export const EndSessionParameters = Type.Object({
  id_token_hint: Type.Optional(Type.String({ maxLength: 4_096 })),
  client_id: text,
  post_logout_redirect_uri: text,
  state: text,
  logout_hint: text,
  ui_locales: text,
});
export type EndSessionParameters = Static<typeof EndSessionParameters>;

export interface EndSessionRequest {
  /** Undefined if the request names no application. */
  readonly client: Client | undefined;
  /** Where the user returns, with the application's `state`. */
  readonly returnTo: string | undefined;
}

/**
 * Checks which application asks, and where it wants its user back. A URI of an unknown application leads nowhere.
 * @param ipAddress of the request
 * @throws EndSessionRequestInvalid, and what `AuthorizationServer.findClient` throws
 */
export async function checkEndSessionRequest(
  server: AuthorizationServer,
  { id_token_hint: hint, client_id: clientId, post_logout_redirect_uri: uri, state }: EndSessionParameters,
  ipAddress: string,
): Promise<EndSessionRequest> {
  const client = await findClient(server, { hint, clientId, ipAddress });
  if (!client || !uri) return { client, returnTo: undefined };
  if (!client.postLogoutRedirectUriAllowed(uri))
    refuse('post_logout_redirect_uri must be exactly one that is registered for this client.');
  return { client, returnTo: state ? withState(uri, state) : uri };
}

async function findClient(
  server: AuthorizationServer,
  {
    hint,
    clientId,
    ipAddress,
  }: { hint: string | undefined; clientId: string | undefined; ipAddress: string },
): Promise<Client | undefined> {
  const audience = hint ? audienceOf(hint) : undefined;
  if (clientId && audience !== undefined && clientId !== audience)
    refuse('client_id and id_token_hint must name the same client.');
  const id = audience ?? clientId;
  const client = id ? await server.findClient(id, ipAddress) : undefined;
  if (id && !client) refuse('No client has this id.');
  if (hint && client) await checkHint(server.provider, hint, client);
  return client;
}

/** @returns the client for which the token says that it was issued */
function audienceOf(hint: string): string {
  try {
    const { aud, events } = decodeJwt(hint);
    if (typeof aud === 'string' && aud !== '' && events === undefined) return aud; // a logout token has events
  } catch {
    // not a JWT
  }
  return refuse('id_token_hint must be an ID token of this server.');
}

/** Checks the signature and the issuer. The token may have expired: applications keep the one of the sign-in. */
async function checkHint(
  { IdToken }: AuthorizationServer['provider'],
  hint: string,
  client: Client,
): Promise<void> {
  try {
    await IdToken.validate(hint, client);
  } catch {
    refuse('id_token_hint must be an ID token of this server.');
  }
}

function withState(uri: string, state: string): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`;
}

function refuse(message: string): never {
  throw new EndSessionRequestInvalid(message);
}
