import { type Static, Type } from 'typebox';
import {
  ClientHasNoSecret,
  ClientMetadataInvalid,
  ClientNotFound,
} from '../../core/clients/client-errors.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { oneOf, texts, time } from '../../platform/http/openapi/values.ts';
import { NoQuery } from '../../platform/http/query.ts';

const tags = [TAGS.adminClients];
const uri = Type.String({ minLength: 1, maxLength: 2048 });
const params = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, description: 'The client.' }),
});

const shown = {
  id: Type.String({ description: 'The `client_id`.' }),
  name: Type.String(),
  classic: Type.Boolean({ description: 'Whether it may use the API documented in 2012.' }),
  public: Type.Boolean({ description: 'Whether it cannot keep a secret, and so has none.' }),
  redirectUris: texts('Where it may have people sent back to.'),
  origins: texts('Where its scripts may come from (CORS).'),
  registeredBy: oneOf(['administrator', 'commandLine', 'itself', 'demo'], 'Who registered it.'),
  createdAt: time('When the client was registered.'),
};

export const AdminClient = Type.Object(shown, { title: 'Client', description: 'A registered application.' });
export type AdminClient = Static<typeof AdminClient>;

export const ClientWithSecret = Type.Object(
  {
    ...shown,
    secret: Type.Optional(Type.String({ description: 'Shown this once; a public client has none.' })),
  },
  { title: 'ClientWithSecret', description: 'A registered application and its new secret.' },
);
export type ClientWithSecret = Static<typeof ClientWithSecret>;

export const listClients = {
  operationId: 'listClients',
  summary: 'List clients',
  description: 'All registered applications.',
  tags,
  querystring: NoQuery,
  response: {
    200: Type.Object({ clients: Type.Array(AdminClient) }, { description: 'All clients.' }),
  },
};

const Details = Type.Object(
  {
    ...shown,
    grants: Type.Integer({ minimum: 0, description: 'How many users have granted it anything.' }),
    ongoing: Type.Integer({ minimum: 0, description: 'How many calls go on that it opened.' }),
  },
  { title: 'ClientDetails', description: 'A registered application, and what would end with it.' },
);

export const findClient = {
  operationId: 'findClient',
  summary: 'Show a client',
  description: 'With what would end if it were removed.',
  tags,
  params,
  querystring: NoQuery,
  response: { 200: answer(Details, 'The client.') },
  errors: [ClientNotFound],
};

export const registerClient = {
  operationId: 'registerClient',
  summary: 'Register a client',
  description: 'The only way to register a classic one. The secret is shown this once.',
  tags,
  body: Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 100, description: 'What people are shown.' }),
      redirectUris: Type.Array(uri, { minItems: 1, maxItems: 20 }),
      classic: Type.Optional(Type.Boolean({ description: 'May use the API documented in 2012.' })),
      public: Type.Optional(
        Type.Boolean({ description: 'Cannot keep a secret: a single-page or installed application.' }),
      ),
      origins: Type.Optional(
        Type.Array(uri, { maxItems: 20, description: 'Web origins beside those of the redirect URIs.' }),
      ),
    },
    { additionalProperties: false },
  ),
  response: { 201: answer(ClientWithSecret, 'The client is registered.') },
  errors: [ClientMetadataInvalid],
};

export const rotateSecret = {
  operationId: 'rotateClientSecret',
  summary: 'Give a client a new secret',
  description: 'The old one stops working at once.',
  tags,
  params,
  response: { 200: answer(ClientWithSecret, 'The client has a new secret.') },
  errors: [ClientNotFound, ClientHasNoSecret],
};

export const removeClient = {
  operationId: 'removeClient',
  summary: 'Remove a client',
  description: 'All its grants and tokens go with it.',
  tags,
  params,
  response: { 204: empty('The client is gone.') },
  errors: [ClientNotFound],
};
