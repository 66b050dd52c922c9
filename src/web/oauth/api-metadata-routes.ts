import { Type } from 'typebox';
import { DPOP_ALGORITHMS } from '../../core/tokens/access-token.ts';
import type { PublishedApi } from '../entry/protected-api.ts';
import { TAGS } from '../representations/tags.ts';
import { surface } from '../surface.ts';

/** The metadata is public: scripts of all origins may read it, and caches may keep it for an hour. */
const HEADERS = { 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=3600' };

const texts = (description: string, examples: readonly string[]) =>
  Type.Array(Type.String(), { description, examples: [examples] });

const ApiMetadata = Type.Object(
  {
    resource: Type.String({
      format: 'uri',
      description:
        'The resource identifier of the API. Send it as `resource` to restrict a token to this API.',
      examples: ['https://calls.example.com/api/v1'],
    }),
    authorization_servers: texts('The issuer of the access tokens.', ['https://calls.example.com']),
    scopes_supported: texts('The scopes that the operations of the API need.', ['call']),
    bearer_methods_supported: texts('Where a request may have the access token.', ['header']),
    dpop_signing_alg_values_supported: texts('Algorithms of DPoP proofs.', DPOP_ALGORITHMS),
    resource_name: Type.String({
      description: 'The name of the API, for people.',
      examples: ['ClickToCall API'],
    }),
    resource_documentation: Type.String({
      format: 'uri',
      description: 'The API reference.',
      examples: ['https://calls.example.com/docs'],
    }),
  },
  { description: 'The metadata.' },
);

interface ApiMetadataDeps {
  readonly apis: readonly PublishedApi[];
  readonly publicUrl: string;
}

/** Lets an application that knows only the URL of an API find its authorization server (RFC 9728). */
export const apiMetadata = surface<ApiMetadataDeps>('api-metadata', async (app, { apis, publicUrl }) => {
  for (const { path, name, resource, metadataPath, scopes, bearerMethods } of apis) {
    app.get(
      metadataPath,
      {
        config: { entry: 'anyone' },
        schema: {
          operationId: `getApiMetadata${path.replace(/\W+(\w)/g, (_, first) => first.toUpperCase())}`,
          summary: `Get the metadata of the ${name}`,
          description: `Protected resource metadata (RFC 9728) of the API at \`${path}\`. The \`WWW-Authenticate\` header of its 401 and 403 responses names this address.`,
          tags: [TAGS.server],
          response: { 200: ApiMetadata },
        },
      },
      async (_request, reply) =>
        reply.headers(HEADERS).send({
          resource,
          authorization_servers: [publicUrl],
          scopes_supported: [...scopes],
          bearer_methods_supported: [...bearerMethods],
          dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
          resource_name: name,
          resource_documentation: `${publicUrl}/docs`,
        }),
    );
    // A preflight request, which a script causes by sending a header of its own.
    app.options(
      metadataPath,
      { config: { entry: 'anyone' }, schema: { hide: true } },
      async (_request, reply) =>
        reply
          .code(204)
          .headers({ ...HEADERS, 'access-control-allow-methods': 'GET', 'access-control-allow-headers': '*' })
          .send(),
    );
  }
});
