import type { ClientService, RegisteredBy } from '../../../core/clients/client-service.ts';
import type { OwnAccountService } from '../../../core/people/own-account-service.ts';
import { SCOPE_OFFLINE } from '../../../core/tokens/access-token.ts';

/** What a person has to know before they decide. */
export interface ConsentTerms {
  readonly clientName: string;
  /** As the application says itself: an address on the web, or the place that it returns to. */
  readonly site: { readonly text: string; readonly link: string | undefined };
  readonly registeredBy: RegisteredBy;
  readonly registeredAt: Date;
  readonly userName: string;
  /** Calls at once, over all applications. */
  readonly limit: number;
  readonly numbers: readonly string[];
  /** How long without the person: an hour, as long as nobody withdraws it, or as they tick. */
  readonly alone: 'anHour' | 'always' | 'asTicked';
}

export interface TermSources {
  readonly clients: Pick<ClientService, 'findClient'>;
  readonly accounts: Pick<OwnAccountService, 'find'>;
}

/** @throws ClientNotFound, UserNotFound when they are gone meanwhile */
export async function consentTerms(
  { clients, accounts }: TermSources,
  asked: {
    readonly userId: string;
    readonly clientId: string;
    readonly redirectUri: string;
    readonly scopes: readonly string[];
  },
): Promise<ConsentTerms> {
  const [client, user] = await Promise.all([clients.findClient(asked.clientId), accounts.find(asked.userId)]);
  const { client_uri: site, redirect_uris: redirectUris, grant_types: grantTypes } = client.metadata;
  const [registeredUri] = Array.isArray(redirectUris) ? redirectUris : [];
  const refreshes = Array.isArray(grantTypes) && grantTypes.includes('refresh_token');
  return {
    clientName: client.name,
    site: siteOf(site, asked.redirectUri || String(registeredUri ?? '')),
    registeredBy: client.registeredBy,
    registeredAt: client.createdAt,
    userName: user.name,
    limit: user.maxOngoingCalls,
    numbers: user.numbers,
    alone: !refreshes ? 'anHour' : asked.scopes.includes(SCOPE_OFFLINE) ? 'asTicked' : 'always',
  };
}

/** The host, or all of an address that has none. */
export function placeOf(uri: string): string {
  return URL.parse(uri)?.host || uri;
}

function siteOf(site: unknown, redirectUri: string): ConsentTerms['site'] {
  const url = typeof site === 'string' ? URL.parse(site) : null;
  if (url && /^https?:$/.test(url.protocol)) return { text: url.host, link: url.href };
  return { text: placeOf(redirectUri), link: undefined };
}
