import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { Actor } from '../audit/actor.ts';
import type { Client, ClientMetadata, RegisteredBy } from './client.ts';
import { checkClientName } from './client-name.ts';
import { createClientSecret, hashClientSecret } from './client-secret.ts';
import { logoutMetadata, type UriRules } from './logout-registration.ts';
import { recordClient } from './record-client.ts';
import { checkRedirectUris } from './redirect-uris.ts';
import { type ClientRegistration, metadataOf, originsOf } from './registration.ts';

/** A client with its secret, which is shown only once and stored as a hash. */
export interface RegisteredClient {
  readonly client: Client;
  readonly secret: string | undefined;
}

/** Checks metadata, including the secret, by the rules of the authorization server. @throws ClientMetadataInvalid */
export type MetadataCheck = (metadata: ClientMetadata) => Promise<void>;

export interface RegistrationDeps extends UriRules {
  readonly database: Database;
  readonly checkMetadata: MetadataCheck;
}

/** The properties of a new client that its kind of registration decides. */
interface FixedProperties {
  readonly id: string;
  readonly secret?: string;
  readonly registeredBy: RegisteredBy;
}

type Register = (
  registration: ClientRegistration,
  fixed: FixedProperties,
  actor: Actor,
) => Promise<RegisteredClient>;

export function createRegistration(
  { database, checkMetadata, redirectUriPolicy, checkReceiverUrl }: RegistrationDeps,
  findClient: (id: string) => Promise<Client>,
): Register {
  return async (registration, fixed, actor) => {
    const { name, classic = false } = registration;
    if (classic && registration.public) {
      throw new InvalidInput('classic', 'A classic client has a secret, so it cannot be public.');
    }
    checkClientName(name);
    checkRedirectUris(registration.redirectUris, redirectUriPolicy);
    const metadata = {
      ...metadataOf(registration),
      ...logoutMetadata(registration, { redirectUriPolicy, checkReceiverUrl }),
    };
    const secret = registration.public ? undefined : (fixed.secret ?? createClientSecret());
    await checkMetadata({
      client_id: fixed.id,
      ...(secret && { client_secret: secret }),
      classic,
      ...metadata,
    });
    const client = {
      id: fixed.id,
      name,
      classic,
      secretHash: secret ? hashClientSecret(secret) : null,
      origins: originsOf(registration.redirectUris, registration.origins ?? []),
      metadata,
      demo: fixed.registeredBy === 'demo',
      registeredBy: fixed.registeredBy,
    };
    await database.transaction((tx) => recordClient(tx, client, actor));
    return { client: await findClient(fixed.id), secret };
  };
}
