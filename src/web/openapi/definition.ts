import swagger, { type SwaggerTransform, type SwaggerTransformObject } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../../config/config.ts';
import { responseWithReferences, withReferences } from '../../platform/http/openapi/components.ts';
import { errorResponses } from '../../platform/http/openapi/error-documentation.ts';
import { addExamples } from '../../platform/http/openapi/examples.ts';
import { inHtml, withContent } from '../../platform/http/openapi/response.ts';
import { type Operation, shareResponses } from '../../platform/http/openapi/shared-responses.ts';
import { errorsOfEntry } from '../entry/entry-errors.ts';
import { TAG_DESCRIPTIONS } from '../representations/tags.ts';
import { webhookMessages } from '../representations/webhook-messages.ts';
import { firstCall } from './first-call.ts';
import { requirementsOf, securitySchemes } from './security.ts';

const DESCRIPTION = `ClickToCall places phone calls on people’s behalf, for applications that they have allowed.

A person never has more ongoing calls than their limit, over all applications.

\`/api/v1\` is the API for applications. Its errors are problems (RFC 9457): compare \`code\`; \`/errors\` describes each of
them. Ignore properties and values that you do not know, because later versions may add some.

Other errors are a JSON object with a code for programs (\`error\`) and a message for people. Clients that prefer XML get
XML, and browsers get a page. Below \`/click-to-dial/\`, errors are CAMARA’s ErrorInfo (\`status\`, \`code\`, \`message\`).

Times are RFC 3339 in UTC, unless an operation says otherwise.`;

/** Collects the routes that are registered after it. The definition is built at the first request. */
export const apiDefinition = fp<Pick<Config, 'publicUrl' | 'version'>>(
  async (app, { publicUrl, version }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'ClickToCall',
          description: `${DESCRIPTION}\n\n${firstCall(publicUrl)}`,
          version,
          contact: { name: 'Operator of this server', url: publicUrl },
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        servers: [{ url: publicUrl }],
        tags: Object.entries(TAG_DESCRIPTIONS).map(([name, description]) => ({ name, description })),
        components: { securitySchemes: securitySchemes(publicUrl) },
      },
      convertConstToEnum: false,
      transform,
      transformObject,
    });
  },
  { name: 'api-definition' },
);

/** Where callbacks are kept until the document is built. The library would keep only their bodies. */
const CALLBACKS = 'x-callbacks';

/** Adds the security requirements and the errors of the route's entry. */
const transform: SwaggerTransform = ({ schema, url, route, ...document }) => {
  if (!schema || schema.hide || !('openapiObject' in document)) return { schema: schema ?? {}, url };
  const { entry = 'anyone', scopes = [], errorStyle: style = 'own' } = route.config ?? {};
  const components = document.openapiObject.components?.schemas ?? {};
  const security = schema.security ?? requirementsOf(entry, scopes);
  const errors = errorResponses({
    method: String(route.method),
    style,
    schema,
    errors: errorsOfEntry[entry],
  });
  const responses = { ...errors, ...ownResponses(schema, errors) };
  const response = Object.fromEntries(
    Object.entries(responses).map(([status, each]) => [status, responseWithReferences(each, components)]),
  );
  const { body, callbacks } = schema;
  const documented = {
    ...(body !== undefined && { body: withReferences(body, components) }),
    ...(callbacks !== undefined && { [CALLBACKS]: withReferences(callbacks, components) }),
  };
  const { callbacks: _, ...rest } = schema;
  return { schema: { ...rest, ...documented, security, response }, url };
};

/** The responses that the route itself describes, with pages, and with the other types of an error that it describes in JSON. */
function ownResponses(
  { response = {}, produces = [] }: FastifySchema,
  errors: ReturnType<typeof errorResponses>,
): Record<string, object> {
  const types: Record<string, object> = produces.includes('text/html') ? inHtml : {};
  return Object.fromEntries(
    Object.entries(response as Record<string, { type?: string }>).map(([status, own]) => {
      const { 'application/json': _, ...further } = errors[status]?.content ?? types;
      const isWhole = Object.keys(further).length === 0 && !('x-response-example' in own);
      return [status, isWhole || own.type === 'null' ? own : withContent(own, further)];
    }),
  );
}

/** Adds the requests that the server sends (callbacks and webhooks) and examples, and shares equal responses. */
const transformObject: SwaggerTransformObject = (document) => {
  if (!('openapiObject' in document)) return document.swaggerObject;
  const { paths = {}, components = {} } = document.openapiObject;
  const operations = Object.values(paths).flatMap((item) => Object.values(item ?? {})) as Operation[];
  for (const operation of operations) {
    const { [CALLBACKS]: callbacks } = operation as { [CALLBACKS]?: unknown };
    if (callbacks) Object.assign(operation, { callbacks, [CALLBACKS]: undefined });
  }
  const schemas = components.schemas ?? {};
  const webhooks = withReferences(webhookMessages, schemas);
  addExamples([operations, webhooks], schemas);
  return Object.assign(document.openapiObject, {
    webhooks,
    components: { ...components, responses: shareResponses(operations) },
  });
};
