import { type Static, Type } from 'typebox';
import { MAX_NAME_LENGTH } from '../../core/clients/client-name.ts';
import {
  ASSERTION_AUDIENCES,
  type Client,
  logoutRegistrationOf,
  REGISTRARS,
  type RegisteredClient,
} from '../../core/clients/client-service.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../core/clients/document-client.ts';
import { MAX_REDIRECT_URIS, MAX_URI_LENGTH } from '../../core/clients/redirect-uris.ts';
import { MAX_ORIGINS } from '../../core/clients/registration.ts';
import { dateTime, oneOf, texts } from '../../platform/http/openapi/values.ts';
import { SAMPLES } from '../representations/samples.ts';

const uri = Type.String({ minLength: 1, maxLength: MAX_URI_LENGTH });
export const ClientParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: MAX_CLIENT_ID_LENGTH, description: 'Id of the client.' }),
});

const properties = {
  id: Type.String({
    description:
      'The `client_id`. That of a client without registration is the URL of the document that describes it.',
    examples: [SAMPLES.client],
  }),
  name: Type.String({ examples: [SAMPLES.clientName] }),
  classic: Type.Boolean({ description: 'Whether the client may use the API of 2012.' }),
  public: Type.Boolean({ description: 'Whether the client has no secret because it cannot keep one.' }),
  redirectUris: texts('Where users may be redirected to.', [SAMPLES.redirectUri]),
  origins: texts('Web origins that may call this server (CORS).', []),
  assertionAudience: oneOf(
    ASSERTION_AUDIENCES,
    'The audience of the assertions with which the client authenticates (`private_key_jwt`): the issuer, or also the token endpoint.',
  ),
  postLogoutRedirectUris: texts('Where users may return after they have signed out.', []),
  backchannelLogoutUri: Type.Union([Type.String(), Type.Null()], {
    description: 'The URL that gets logout tokens; null without one.',
    examples: [null],
  }),
  backchannelLogoutSessionRequired: Type.Boolean({
    description: 'Whether logout tokens and ID tokens name the session (`sid`).',
  }),
  pkceRequired: Type.Boolean({
    description:
      'Whether authorization requests need PKCE. If not, a request with a `nonce` needs none. Classic clients never use PKCE.',
  }),
  registeredBy: oneOf(
    REGISTRARS,
    'Who registered the client. `document`: a user allowed a client that is not registered, and describes itself by a document.',
  ),
  createdAt: dateTime('When the client was registered, or first allowed.'),
};
export const AdminClient = Type.Object(properties, {
  title: 'Client',
  description: 'A registered application.',
});
type AdminClient = Static<typeof AdminClient>;

export const ClientDetails = Type.Object(
  {
    ...properties,
    grants: Type.Integer({ minimum: 0, description: 'How many users have allowed the client.' }),
    ongoing: Type.Integer({ minimum: 0, description: 'Ongoing calls that the client opened.' }),
  },
  { title: 'ClientDetails', description: 'A registered application and its use.' },
);

export const ClientWithSecret = Type.Object(
  {
    ...properties,
    secret: Type.Optional(
      Type.String({
        description: 'The secret, shown only once; absent for a public client.',
        examples: ['gN2vR8QmZb5xT1yKc7Lh3WfJp9UdSe4A'],
      }),
    ),
  },
  { title: 'ClientWithSecret', description: 'A registered application and its new secret.' },
);
type ClientWithSecret = Static<typeof ClientWithSecret>;

/** What a client registers for the sign-out of its users. */
export const logout = {
  postLogoutRedirectUris: Type.Optional(
    Type.Array(uri, {
      maxItems: MAX_REDIRECT_URIS,
      description:
        'Where users may return after they have signed out (OpenID Connect RP-Initiated Logout). The rules are those of `redirectUris`.',
      examples: [['https://crm.example/signed-out']],
    }),
  ),
  backchannelLogoutUri: Type.Optional(
    Type.Union([uri, Type.Null()], {
      description:
        'The URL that gets a logout token when a user signs out (OpenID Connect Back-Channel Logout). A public `https:` URL, unless the server allows the host (`SINK_ALLOW_HOSTS`).',
    }),
  ),
  backchannelLogoutSessionRequired: Type.Optional(
    Type.Boolean({
      description:
        'Logout tokens and ID tokens name the session (`sid`). Without it, a logout token means all sessions of the user.',
    }),
  ),
};

export const NewClient = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: MAX_NAME_LENGTH,
      description: 'The name shown to users; no control characters or invisible characters.',
      examples: ['CRM'],
    }),
    redirectUris: Type.Array(uri, {
      minItems: 1,
      maxItems: MAX_REDIRECT_URIS,
      description:
        'Absolute URIs in their normal form. Plain `http:` only for `localhost`, 127.0.0.0/8 and `[::1]`, unless the server allows more (`ALLOW_HTTP_REDIRECTS`). No fragment, wildcard, user name, backslash or whitespace, and no query parameter that the server adds itself.',
      examples: [['https://crm.example/callback']],
    }),
    classic: Type.Optional(Type.Boolean({ description: 'The client may use the API of 2012.' })),
    public: Type.Optional(
      Type.Boolean({
        description: 'The client cannot keep a secret: a single-page or installed application.',
      }),
    ),
    origins: Type.Optional(
      Type.Array(uri, {
        maxItems: MAX_ORIGINS,
        description:
          'Web origins in addition to those of the redirect URIs, such as `https://app.example`, `chrome-extension://ID`, `moz-extension://ID` or `capacitor://localhost`.',
      }),
    ),
    ...logout,
  },
  { additionalProperties: false },
);

export function adminClient(client: Client): AdminClient {
  const { secretHash, metadata, demo: _, removing: __, ...shown } = client;
  const redirectUris = (metadata['redirect_uris'] ?? []) as string[];
  return { ...shown, ...logoutRegistrationOf(metadata), public: secretHash === null, redirectUris };
}

export function clientWithSecret({ client, secret }: RegisteredClient): ClientWithSecret {
  return { ...adminClient(client), ...(secret !== undefined && { secret }) };
}
