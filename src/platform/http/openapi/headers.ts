import { type TSchema, Type } from 'typebox';
import type { HeaderDescriptions } from '../../declared-error.ts';

/** Headers whose value is an integer. */
const INTEGERS = ['Retry-After'];

/** @returns the schemas of response headers for OpenAPI */
export function headerSchemas(descriptions: HeaderDescriptions): Record<string, TSchema> {
  return Object.fromEntries(
    Object.entries(descriptions).map(([name, description]) => [
      name,
      INTEGERS.includes(name) ? Type.Integer({ minimum: 1, description }) : Type.String({ description }),
    ]),
  );
}
