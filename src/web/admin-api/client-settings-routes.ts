import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  ClientDescribedByDocument,
  ClientHasNoKey,
  ClientMetadataInvalid,
  ClientNotFound,
  PkceNotOptional,
} from '../../core/clients/client-errors.ts';
import { ASSERTION_AUDIENCES, type ClientService } from '../../core/clients/client-service.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';
import { AdminClient, adminClient, ClientParams, logout } from './client-schemas.ts';
import { ImageContent, MAX_IMAGE_BODY, readImageContent } from './image-schemas.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminClients];

interface AdminClientSettingsDeps {
  readonly clients: Pick<
    ClientService,
    'findClient' | 'setAssertionAudience' | 'setLogo' | 'setLogout' | 'setPkceRequired'
  >;
}

export const adminClientSettingsRoutes: FastifyPluginAsyncTypebox<AdminClientSettingsDeps> = async (
  app,
  { clients },
) => {
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
        params: ClientParams,
        body: Type.Object(
          { audience: oneOf(ASSERTION_AUDIENCES, 'The accepted audience.') },
          { additionalProperties: false },
        ),
        response: { 200: answer(AdminClient, 'The client.') },
        errors: [ClientNotFound, ClientDescribedByDocument, ClientHasNoKey],
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
        params: ClientParams,
        body: Type.Object(logout, { additionalProperties: false }),
        response: { 200: answer(AdminClient, 'The client.') },
        errors: [ClientNotFound, ClientDescribedByDocument, ClientMetadataInvalid],
      },
    },
    async (request) =>
      adminClient(await clients.setLogout(request.params.id, request.body, actorOf(request))),
  );

  app.put(
    '/admin/clients/:id/logo',
    {
      config,
      bodyLimit: MAX_IMAGE_BODY,
      schema: {
        operationId: 'setClientLogo',
        summary: 'Set or remove the logo of a client',
        description: 'The consent page shows it above the name of the client.',
        tags,
        params: ClientParams,
        body: ImageContent,
        response: { 200: answer(AdminClient, 'The client.') },
        errors: [ClientNotFound, ClientDescribedByDocument],
      },
    },
    async (request) => {
      const { id } = request.params;
      await clients.setLogo(id, readImageContent(request.body), actorOf(request));
      return adminClient(await clients.findClient(id));
    },
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
        params: ClientParams,
        body: Type.Object(
          { required: Type.Boolean({ description: 'Whether authorization requests need PKCE.' }) },
          { additionalProperties: false },
        ),
        response: { 200: answer(AdminClient, 'The client.') },
        errors: [ClientNotFound, ClientDescribedByDocument, PkceNotOptional],
      },
    },
    async (request) => {
      const { required } = request.body;
      return adminClient(await clients.setPkceRequired(request.params.id, required, actorOf(request)));
    },
  );
};
