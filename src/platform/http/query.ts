import { Type } from 'typebox';
import type { PageRequest } from '../database/paging.ts';
import { InvalidInput } from '../domain-error.ts';
import type { NumberRange } from '../number-range.ts';

const MAX_PAGE_SIZE = 1000;
const DEFAULT_PAGE_SIZE = 100;

/** Query parameters of every list. Numbers in a query are text, so `readPage` parses them. */
export const pageParameters = {
  page_size: Type.Optional(
    Type.String({
      description: `Items per page, from 1 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} by default.`,
    }),
  ),
  page_token: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: 'The `nextPageToken` of the previous page.' }),
  ),
};

export const nextPageToken = Type.Optional(
  Type.Unsafe<string | undefined>(
    Type.String({ description: 'Token for the next page; absent on the last page.' }),
  ),
);

/** For `readTime` (time-formats.ts). */
export const timeParameter = (description: string) =>
  Type.Optional(
    Type.String({
      description: `${description}; ISO 8601, a day or a time, in UTC unless it has a zone.`,
      examples: ['2026-01-31T08:30:00Z'],
    }),
  );

/** @throws InvalidInput for the size */
export function readPage(query: {
  readonly page_size?: string | undefined;
  readonly page_token?: string | undefined;
}): PageRequest {
  return {
    size: readCount('page_size', query.page_size ?? String(DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE),
    token: query.page_token,
  };
}

/** Reads a whole number from 1 to `max`. @throws InvalidInput naming `field` */
export function readCount(field: string, text: string, max: number): number {
  return readNumber(field, text, { min: 1, max });
}

/** Reads a whole number within a range. @throws InvalidInput naming `field` */
export function readNumber(field: string, text: string, { min, max }: NumberRange): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < min || number > max) {
    throw new InvalidInput(field, `${field} must be a whole number from ${min} to ${max}.`);
  }
  return number;
}
