/** Client metadata in the names of RFC 7591, without id and secret. */
export type ClientMetadata = Readonly<Record<string, unknown>>;

/**
 * Who can register a client. `itself`: by dynamic registration, without review by a person. `document`: the client is not registered; a
 * user allowed it, and a document describes it (document-client.ts).
 */
export const REGISTRARS = ['administrator', 'commandLine', 'itself', 'document', 'demo'] as const;
export type RegisteredBy = (typeof REGISTRARS)[number];

/** Whom an assertion of a client may name as its audience: the issuer alone, or also the token endpoint. */
export const ASSERTION_AUDIENCES = ['issuer', 'tokenEndpoint'] as const;
export type AssertionAudience = (typeof ASSERTION_AUDIENCES)[number];

/** A registered application (RFC 6749 section 1.1). */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** May use the API documented in 2012, with its implicit flow and secrets in query strings. */
  readonly classic: boolean;
  /** Base64url SHA-256 of the secret; null for a public client, or one that authenticates with a key. */
  readonly secretHash: string | null;
  /** Web origins whose scripts may call the API with this client's tokens. */
  readonly origins: readonly string[];
  readonly metadata: ClientMetadata;
  /** Of the assertions with which the client authenticates (private_key_jwt). */
  readonly assertionAudience: AssertionAudience;
  /** If false, an authorization request with a nonce needs no PKCE (RFC 9700 section 2.1.1). */
  readonly pkceRequired: boolean;
  readonly demo: boolean;
  readonly registeredBy: RegisteredBy;
  readonly createdAt: Date;
  /** Whether its removal was interrupted; repeating the removal completes it. */
  readonly removing: boolean;
}

export type NewClient = Omit<Client, 'assertionAudience' | 'pkceRequired' | 'createdAt' | 'removing'>;
