import { type TUnsafe, Type } from 'typebox';

/*
 * Schemas of values. The example, if there is one, is what the examples of the API definition show (examples.ts).
 */

export function oneOf<const T extends string>(
  values: readonly T[],
  description: string,
  example?: NoInfer<T>,
): TUnsafe<T> {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], description, ...shown(example) });
}

/** A point in time, which the server writes in UTC. */
export function dateTime(description: string, example?: string): TUnsafe<Date> {
  return Type.Unsafe<Date>({ type: 'string', format: 'date-time', description, ...shown(example) });
}

export function dateTimeOrNull(description: string, example?: string): TUnsafe<Date | null> {
  return Type.Unsafe<Date | null>({
    type: ['string', 'null'],
    format: 'date-time',
    description,
    ...shown(example),
  });
}

export function texts(description: string, example?: readonly string[]): TUnsafe<readonly string[]> {
  return Type.Unsafe<readonly string[]>({
    type: 'array',
    items: { type: 'string' },
    description,
    ...shown(example),
  });
}

export function oneOrNull<const T extends string>(
  values: readonly T[],
  description: string,
  example?: NoInfer<T>,
): TUnsafe<T | null> {
  return Type.Unsafe<T | null>({
    type: ['string', 'null'],
    enum: [...values, null],
    description,
    ...shown(example),
  });
}

export function textOrNull(description: string, example?: string): TUnsafe<string | null> {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], description, ...shown(example) });
}

function shown(example: unknown): { readonly examples?: readonly unknown[] } {
  return example === undefined ? {} : { examples: [example] };
}
