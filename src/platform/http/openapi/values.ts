import { type TUnsafe, Type } from 'typebox';

export function oneOf<const T extends string>(values: readonly T[], description: string): TUnsafe<T> {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], description });
}

/** A point in time, which the server writes in UTC. */
export function dateTime(description: string): TUnsafe<Date> {
  return Type.Unsafe<Date>({ type: 'string', format: 'date-time', description });
}

export function dateTimeOrNull(description: string): TUnsafe<Date | null> {
  return Type.Unsafe<Date | null>({ type: ['string', 'null'], format: 'date-time', description });
}

export function texts(description: string): TUnsafe<readonly string[]> {
  return Type.Unsafe<readonly string[]>({ type: 'array', items: { type: 'string' }, description });
}

export function oneOrNull<const T extends string>(
  values: readonly T[],
  description: string,
): TUnsafe<T | null> {
  return Type.Unsafe<T | null>({ type: ['string', 'null'], enum: [...values, null], description });
}

export function textOrNull(description: string): TUnsafe<string | null> {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], description });
}
