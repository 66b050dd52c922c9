import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import {
  ClientHasNoSecret,
  ClientMetadataInvalid,
  ClientNotFound,
} from '../../core/clients/client-errors.ts';
import {
  type Client,
  type ClientService,
  REGISTRARS,
  type RegisteredClient,
} from '../../core/clients/client-service.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { dateTime, oneOf, texts } from '../../platform/http/openapi/values.ts';
import { NoQuery } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminClients];
const uri = Type.String({ minLength: 1, maxLength: 2048 });
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

const NewClient = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'The name shown to users.' }),
    redirectUris: Type.Array(uri, { minItems: 1, maxItems: 20 }),
    classic: Type.Optional(Type.Boolean({ description: 'The client may use the API of 2012.' })),
    public: Type.Optional(
      Type.Boolean({
        description: 'The client cannot keep a secret: a single-page or installed application.',
      }),
    ),
    origins: Type.Optional(
      Type.Array(uri, {
        maxItems: 20,
        description: 'Web origins in addition to those of the redirect URIs.',
      }),
    ),
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
        description: 'All registered applications.',
        tags,
        querystring: NoQuery,
        response: {
          200: Type.Object({ clients: Type.Array(AdminClient) }, { description: 'All clients.' }),
        },
      },
    },
    async () => ({ clients: (await clients.listClients()).map(adminClient) }),
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
  const { id, name, classic, secretHash, origins, metadata, registeredBy, createdAt } = client;
  const redirectUris = (metadata['redirect_uris'] ?? []) as string[];
  return { id, name, classic, public: secretHash === null, redirectUris, origins, registeredBy, createdAt };
}

function clientWithSecret({ client, secret }: RegisteredClient): ClientWithSecret {
  return { ...adminClient(client), ...(secret !== undefined && { secret }) };
}
