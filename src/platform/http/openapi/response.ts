import { type Static, type TSchema, type TUnsafe, Type } from 'typebox';

type Headers = Readonly<Record<string, TSchema>>;

const Location = Type.String({ format: 'uri-reference', description: 'Where to continue.' });

/** A response with a named schema and its own description. */
export function answer<Schema extends TSchema>(
  schema: Schema,
  description: string,
  headers?: Headers,
): TUnsafe<Static<Schema>> {
  return Type.Unsafe<Static<Schema>>({
    ...schema,
    'x-response-description': description,
    ...(headers && { headers }),
  });
}

/** A response without a body. */
export function empty(description: string, headers: Headers = {}): TUnsafe<undefined> {
  return Type.Unsafe<undefined>({ type: 'null', description, headers });
}

export function redirect(description: string): TUnsafe<undefined> {
  return empty(description, { Location });
}
