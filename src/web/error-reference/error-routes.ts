import { type Static, Type } from 'typebox';
import { whenToRetry } from '../../platform/http/errors/error-codes.ts';
import { ERRORS_PAGE, titleOf, typeOf } from '../../platform/http/errors/problem-details.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { JSON_OR_PAGE } from '../../platform/http/openapi/operation.ts';
import { oneOf, textOrNull, texts } from '../../platform/http/openapi/values.ts';
import { sendPageOrJson } from '../../platform/http/pages/page.ts';
import { TAGS } from '../representations/tags.ts';
import { surface } from '../surface.ts';
import { API_NAMES, type CatalogEntry, type collectErrors } from './error-catalog.ts';
import { errorsPage } from './errors-page.ts';

const ErrorKind = Type.Object(
  {
    code: Type.String({ description: 'For programs; stable.', examples: ['call_limit_reached'] }),
    type: Type.String({
      format: 'uri-reference',
      description: 'The `type` of the problem at `/api/v1`.',
      examples: [typeOf('call_limit_reached')],
    }),
    title: Type.String({ description: 'The code in words.', examples: ['Call limit reached'] }),
    meanings: Type.Array(
      Type.Object({
        description: Type.String({
          description: 'When the error happens.',
          examples: ['The user has as many ongoing calls as their limit allows.'],
        }),
        retry: textOrNull(
          'When the same request can succeed; null if it must change.',
          'when one of the ongoing calls has ended',
        ),
        responses: Type.Array(
          Type.Object({
            api: oneOf(Object.values(API_NAMES), 'The API.'),
            status: Type.Integer({ description: 'The HTTP response status.', examples: [429] }),
            code: Type.String({
              description: 'The code in the format of the API.',
              examples: ['call_limit_reached'],
            }),
            properties: texts('Properties that the error has in addition to its code and message.', [
              'limit',
              'ongoing',
            ]),
          }),
        ),
      }),
    ),
  },
  { title: 'ErrorKind', description: 'An error that an API of this server returns.' },
);
type ErrorKind = Static<typeof ErrorKind>;

export interface ErrorReferenceDeps {
  readonly findErrors: ReturnType<typeof collectErrors>;
}

/** The description of all errors. The `type` of a problem refers to it. */
export const errorReference = surface<ErrorReferenceDeps>('error-reference', async (app, { findErrors }) => {
  app.get(
    ERRORS_PAGE,
    {
      config: { entry: 'anyone' },
      schema: {
        operationId: 'listErrors',
        summary: 'List all errors',
        description:
          'All errors of this server’s APIs, except those of OAuth 2.0. A page for browsers; JSON for programs.',
        tags: [TAGS.server],
        produces: JSON_OR_PAGE,
        response: {
          200: Type.Object({ errors: Type.Array(ErrorKind) }, { description: 'The errors, by their code.' }),
        },
        errors: [NotAcceptable],
      },
    },
    async (request, reply) => {
      const errors = findErrors();
      const json = { errors: [...errors].map(([code, entries]) => errorKind(code, entries)) };
      return sendPageOrJson(request, reply, { page: errorsPage(errors), json });
    },
  );
});

function errorKind(code: string, entries: readonly CatalogEntry[]): ErrorKind {
  return {
    code,
    type: typeOf(code),
    title: titleOf(code),
    meanings: entries.map(({ declaration, responses }) => ({
      description: declaration.description,
      retry: whenToRetry(declaration) ?? null,
      responses: responses.map((response) => ({ ...response, api: API_NAMES[response.api] })),
    })),
  };
}
