import { Type } from '@fastify/type-provider-typebox';

const code = Type.String({ description: 'For programs; stable.', examples: ['call_limit_reached'] });
const message = Type.String({ description: 'For people.' });

/** What each error's details may be; docs/errors.md says which error has which. */
export const ErrorBody = Type.Object(
  {
    error: code,
    message,
    field: Type.Optional(Type.String({ description: 'The parameter that is wrong.' })),
    scope: Type.Optional(Type.String({ description: 'The scopes of which one is needed.' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 0, description: 'How many ongoing calls the user may have.' }),
    ),
    ongoing: Type.Optional(
      Type.Array(
        Type.Object({
          id: Type.String(),
          callee: Type.String({ description: 'E.164.' }),
          createdAt: Type.String({ format: 'date-time' }),
        }),
        { description: 'The calls that hold the places.' },
      ),
    ),
    retryAfterSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { $id: 'Error', title: 'An error' },
);

export const XmlErrorBody = Type.Object(
  { code, message },
  { $id: 'XmlError', title: 'An error in XML', xml: { name: 'error' } },
);
