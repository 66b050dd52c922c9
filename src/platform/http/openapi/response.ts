import { type Static, type TSchema, type TUnsafe, Type } from 'typebox';

type Headers = Readonly<Record<string, TSchema>>;

const Location = Type.String({ format: 'uri-reference', description: 'Where to continue.' });

/**
 * A response with a named schema and its own description.
 * @param example if that of the schema does not fit
 */
export function answer<Schema extends TSchema>(
  schema: Schema,
  description: string,
  headers?: Headers,
  example?: object,
): TUnsafe<Static<Schema>> {
  return Type.Unsafe<Static<Schema>>({
    ...schema,
    'x-response-description': description,
    ...(headers && { headers }),
    ...(example && { 'x-response-example': example }),
  });
}

/** The content of a response in HTML. */
export const inHtml = {
  'text/html': { schema: Type.String({ title: 'Page', description: 'A page for people.' }) },
};

/** Adds media types to a response in JSON, in the form of OpenAPI. */
export function withContent(response: object, further: Readonly<Record<string, object>>): object {
  const {
    headers,
    'x-response-description': own,
    'x-response-example': example,
    ...schema
  } = response as Readonly<Record<string, unknown>>;
  return {
    description: own ?? schema['description'],
    ...(headers !== undefined && { headers }),
    content: { 'application/json': { schema, ...(example !== undefined && { example }) }, ...further },
  };
}

/** A response without a body. */
export function empty(description: string, headers: Headers = {}): TUnsafe<undefined> {
  return Type.Unsafe<undefined>({ type: 'null', description, headers });
}

export function redirect(description: string): TUnsafe<undefined> {
  return empty(description, { Location });
}
