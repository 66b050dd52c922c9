import type { NewClient } from '../../../core/clients/client.ts';
import type { ClientService, RegisteredBy } from '../../../core/clients/client-service.ts';
import type { OwnAccountService } from '../../../core/people/own-account-service.ts';
import { SCOPE_OFFLINE } from '../../../core/tokens/access-token.ts';
import type { PageImage } from '../../../platform/http/pages/page-context.ts';
import { clientLogo } from '../../brand/brand-pages.ts';

/** What the consent page tells the user about the application and the permission. */
export interface ConsentTerms {
  readonly clientName: string;
  /** Set by an administrator, never by the application. */
  readonly logo: PageImage | undefined;
  /** The website that the application claims, with a link; otherwise the host of its redirect URI. */
  readonly site: { readonly text: string; readonly link: string | undefined };
  readonly source: Registration | Description;
  readonly userName: string;
  /** The limit of ongoing calls, over all applications. */
  readonly limit: number;
  readonly numbers: readonly string[];
  /** Whether the application has access for longer than an hour without the user; `ifAllowed`: if the user allows that scope. */
  readonly offlineAccess: 'never' | 'always' | 'ifAllowed';
}

export interface Registration {
  readonly by: RegisteredBy;
  readonly at: Date;
}

/** The document of a client that is not registered. */
export interface Description {
  readonly address: string;
  /** Host and port of the address. */
  readonly host: string;
  /** What the client calls itself, which is not verified. */
  readonly ownName: string | undefined;
}

export interface ConsentTermDeps {
  readonly clients: Pick<ClientService, 'findClient' | 'findLogo'>;
  readonly accounts: Pick<OwnAccountService, 'find'>;
}

/**
 * @param documentClient the client as its document describes it: it may not be stored yet
 * @throws ClientNotFound, UserNotFound
 */
export async function readConsentTerms(
  { clients, accounts }: ConsentTermDeps,
  request: {
    readonly userId: string;
    readonly clientId: string;
    readonly redirectUri: string;
    readonly scopes: readonly string[];
  },
  documentClient?: NewClient,
): Promise<ConsentTerms> {
  const [client, user, logo] = await Promise.all([
    documentClient ?? clients.findClient(request.clientId),
    accounts.find(request.userId),
    documentClient ? undefined : clients.findLogo(request.clientId),
  ]);
  const { client_uri: site, redirect_uris: redirectUris, grant_types: grantTypes } = client.metadata;
  const [registeredUri] = Array.isArray(redirectUris) ? redirectUris : [];
  const refreshes = Array.isArray(grantTypes) && grantTypes.includes('refresh_token');
  return {
    clientName: client.name,
    logo: clientLogo(client.id, logo),
    site: siteOf(site, request.redirectUri || String(registeredUri ?? '')),
    source: 'createdAt' in client ? { by: client.registeredBy, at: client.createdAt } : descriptionOf(client),
    userName: user.name,
    limit: user.maxOngoingCalls,
    numbers: user.numbers,
    offlineAccess: !refreshes ? 'never' : request.scopes.includes(SCOPE_OFFLINE) ? 'ifAllowed' : 'always',
  };
}

/** The host of a URI; the whole URI if it has none. */
export function hostOf(uri: string): string {
  return URL.parse(uri)?.host || uri;
}

function descriptionOf({ id: address, metadata }: NewClient): Description {
  const { client_name: ownName } = metadata;
  return {
    address,
    host: new URL(address).host,
    ownName: typeof ownName === 'string' ? ownName : undefined,
  };
}

function siteOf(site: unknown, redirectUri: string): ConsentTerms['site'] {
  const url = typeof site === 'string' ? URL.parse(site) : null;
  if (url && /^https?:$/.test(url.protocol)) return { text: url.host, link: url.href };
  return { text: hostOf(redirectUri), link: undefined };
}
