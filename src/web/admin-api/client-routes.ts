import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import {
  ClientHasNoKey,
  ClientHasNoSecret,
  ClientMetadataInvalid,
  ClientNotFound,
  PkceNotOptional,
} from '../../core/clients/client-errors.ts';
import { MAX_NAME_LENGTH } from '../../core/clients/client-name.ts';
import {
  ASSERTION_AUDIENCES,
  type Client,
  type ClientService,
  logoutRegistrationOf,
  REGISTRARS,
  type RegisteredClient,
} from '../../core/clients/client-service.ts';
import { MAX_REDIRECT_URIS, MAX_URI_LENGTH } from '../../core/clients/redirect-uris.ts';
import { MAX_ORIGINS } from '../../core/clients/registration.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { dateTime, oneOf, texts } from '../../platform/http/openapi/values.ts';
import { NoQuery, nextPageToken, pageParameters, readPage } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminClients];
const uri = Type.String({ minLength: 1, maxLength: MAX_URI_LENGTH });
const params = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, description: 'Id of the client.' }),
});

const properties = {
  id: Type.String({ description: 'The `client_id`.' }),
  name: Type.String(),
  classic: Type.Boolean({ description: 'Whether the client may use the API of 2012.' }),
  public: Type.Boolean({ description: 'Whether the client has no secret because it cannot keep one.' }),
  redirectUris: texts('Where users may be redirected to.'),
  origins: texts('Web origins that may call this server (CORS).'),
  assertionAudience: oneOf(
    ASSERTION_AUDIENCES,
    'The audience of the assertions with which the client authenticates (`private_key_jwt`): the issuer, or also the token endpoint.',
  ),
  postLogoutRedirectUris: texts('Where users may return after they have signed out.'),
  backchannelLogoutUri: Type.Union([Type.String(), Type.Null()], {
    description: 'The URL that gets logout tokens; null without one.',
  }),
  backchannelLogoutSessionRequired: Type.Boolean({
    description: 'Whether logout tokens and ID tokens name the session (`sid`).',
  }),
  pkceRequired: Type.Boolean({
    description:
      'Whether authorization requests need PKCE. If not, a request with a `nonce` needs none. Classic clients never use PKCE.',
  }),
  registeredBy: oneOf(REGISTRARS, 'Who registered the client.'),
  createdAt: dateTime('When the client was registered.'),
};
const AdminClient = Type.Object(properties, {
  title: 'Client',
  description: 'A registered application.',
});
type AdminClient = Static<typeof AdminClient>;

const ClientDetails = Type.Object(
  {
    ...properties,
    grants: Type.Integer({ minimum: 0, description: 'How many users have allowed the client.' }),
    ongoing: Type.Integer({ minimum: 0, description: 'Ongoing calls that the client opened.' }),
  },
  { title: 'ClientDetails', description: 'A registered application and its use.' },
);

const ClientWithSecret = Type.Object(
  {
    ...properties,
    secret: Type.Optional(
      Type.String({ description: 'The secret, shown only once; absent for a public client.' }),
    ),
  },
  { title: 'ClientWithSecret', description: 'A registered application and its new secret.' },
);
type ClientWithSecret = Static<typeof ClientWithSecret>;

/** What a client registers for the sign-out of its users. */
const logout = {
  postLogoutRedirectUris: Type.Optional(
    Type.Array(uri, {
      maxItems: MAX_REDIRECT_URIS,
      description:
        'Where users may return after they have signed out (OpenID Connect RP-Initiated Logout). The rules are those of `redirectUris`.',
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

const NewClient = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: MAX_NAME_LENGTH,
      description: 'The name shown to users; no control characters or invisible characters.',
    }),
    redirectUris: Type.Array(uri, {
      minItems: 1,
      maxItems: MAX_REDIRECT_URIS,
      description:
        'Absolute URIs in their normal form. Plain `http:` only for `localhost`, 127.0.0.0/8 and `[::1]`, unless the server allows more (`ALLOW_HTTP_REDIRECTS`). No fragment, wildcard, user name, backslash or whitespace, and no query parameter that the server adds itself.',
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

interface AdminClientDeps {
  readonly clients: ClientService;
}

export const adminClientRoutes: FastifyPluginAsyncTypebox<AdminClientDeps> = async (app, { clients }) => {
  app.get(
    '/admin/clients',
    {
      config,
      schema: {
        operationId: 'listClients',
        summary: 'List clients',
        description: 'All registered applications, newest first.',
        tags,
        querystring: Type.Object(pageParameters, { additionalProperties: false }),
        response: {
          200: Type.Object(
            { clients: Type.Array(AdminClient), nextPageToken },
            { description: 'A page of clients.' },
          ),
        },
      },
    },
    async ({ query }) => {
      const { items, nextPageToken } = await clients.listClients(readPage(query));
      return { clients: items.map(adminClient), nextPageToken };
    },
  );

  app.get(
    '/admin/clients/:id',
    {
      config,
      schema: {
        operationId: 'findClient',
        summary: 'Show a client',
        description: 'Includes the number of grants and ongoing calls that removing the client would end.',
        tags,
        params,
        querystring: NoQuery,
        response: { 200: answer(ClientDetails, 'The client.') },
        errors: [ClientNotFound],
      },
    },
    async ({ params: { id } }) => {
      const client = await clients.findClient(id);
      const { grants, ongoingCalls: ongoing } = await clients.countUse(client.id);
      return { ...adminClient(client), grants, ongoing };
    },
  );

  app.post(
    '/admin/clients',
    {
      config,
      schema: {
        operationId: 'registerClient',
        summary: 'Register a client',
        description: 'Classic clients cannot register themselves. The secret is shown only once.',
        tags,
        body: NewClient,
        response: { 201: answer(ClientWithSecret, 'The client is registered.') },
        errors: [ClientMetadataInvalid],
      },
    },
    async (request, reply) => {
      const registered = await clients.registerClient(request.body, actorOf(request));
      return reply.code(201).header('cache-control', 'no-store').send(clientWithSecret(registered));
    },
  );

  app.post(
    '/admin/clients/:id/secret',
    {
      config,
      schema: {
        operationId: 'rotateClientSecret',
        summary: 'Rotate a client’s secret',
        description: 'The old secret stops working at once. The new one is shown only once.',
        tags,
        params,
        response: { 200: answer(ClientWithSecret, 'The client has a new secret.') },
        errors: [ClientNotFound, ClientHasNoSecret],
      },
    },
    async (request, reply) => {
      const rotated = await clients.rotateSecret(request.params.id, actorOf(request));
      return reply.header('cache-control', 'no-store').send(clientWithSecret(rotated));
    },
  );

  app.put(
    '/admin/clients/:id/assertion-audience',
    {
      config,
      schema: {
        operationId: 'setAssertionAudience',
        summary: 'Set the audience of a client’s assertions',
        description:
          'An assertion (`private_key_jwt`) names the issuer as its audience. `tokenEndpoint` also accepts the address of the token endpoint, for clients that cannot name the issuer. It is less safe if the client also uses other servers.',
        tags,
        params,
        body: Type.Object(
          { audience: oneOf(ASSERTION_AUDIENCES, 'The accepted audience.') },
          { additionalProperties: false },
        ),
        response: { 200: answer(AdminClient, 'The client.') },
        errors: [ClientNotFound, ClientHasNoKey],
      },
    },
    async (request) => {
      const { audience } = request.body;
      return adminClient(await clients.setAssertionAudience(request.params.id, audience, actorOf(request)));
    },
  );

  app.put(
    '/admin/clients/:id/logout',
    {
      config,
      schema: {
        operationId: 'setClientLogout',
        summary: 'Set the sign-out of a client',
        description:
          'Replaces what the client registered for the sign-out of its users. A property that is missing is removed.',
        tags,
        params,
        body: Type.Object(logout, { additionalProperties: false }),
        response: { 200: answer(AdminClient, 'The client.') },
        errors: [ClientNotFound, ClientMetadataInvalid],
      },
    },
    async (request) =>
      adminClient(await clients.setLogout(request.params.id, request.body, actorOf(request))),
  );

  app.put(
    '/admin/clients/:id/pkce',
    {
      config,
      schema: {
        operationId: 'setPkceRequired',
        summary: 'Require PKCE of a client, or a nonce instead',
        description:
          'By default, each authorization request needs PKCE. `required: false` accepts a `nonce` with the scope `openid` instead (RFC 9700 section 2.1.1), for confidential clients that cannot use PKCE and check the nonce of the ID token.',
        tags,
        params,
        body: Type.Object(
          { required: Type.Boolean({ description: 'Whether authorization requests need PKCE.' }) },
          { additionalProperties: false },
        ),
        response: { 200: answer(AdminClient, 'The client.') },
        errors: [ClientNotFound, PkceNotOptional],
      },
    },
    async (request) => {
      const { required } = request.body;
      return adminClient(await clients.setPkceRequired(request.params.id, required, actorOf(request)));
    },
  );

  app.delete(
    '/admin/clients/:id',
    {
      config,
      schema: {
        operationId: 'removeClient',
        summary: 'Remove a client',
        description: 'Also revokes its grants and tokens, and ends its ongoing calls.',
        tags,
        params,
        response: { 204: empty('The client is removed.') },
        errors: [ClientNotFound],
      },
    },
    async (request, reply) => {
      await clients.removeClient(request.params.id, actorOf(request));
      return reply.code(204).send();
    },
  );
};

function adminClient(client: Client): AdminClient {
  const { secretHash, metadata, demo: _, removing: __, ...shown } = client;
  const redirectUris = (metadata['redirect_uris'] ?? []) as string[];
  return { ...shown, ...logoutRegistrationOf(metadata), public: secretHash === null, redirectUris };
}

function clientWithSecret({ client, secret }: RegisteredClient): ClientWithSecret {
  return { ...adminClient(client), ...(secret !== undefined && { secret }) };
}
