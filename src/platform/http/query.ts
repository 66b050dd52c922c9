import { Type } from 'typebox';
import type { PageRequest } from '../database/paging.ts';
import { InvalidInput } from '../domain-error.ts';

const MOST = 1000;
const BY_DEFAULT = 100;

/** Unknown parameters are refused: a filter with a slip in its name would otherwise find too much. */
export const NoQuery = Type.Object({}, { additionalProperties: false });

/** Query parameters of every list; numbers in a query are text, so they are read here. */
export const pageParameters = {
  page_size: Type.Optional(
    Type.String({ description: `How many to show, from 1 to ${MOST}; ${BY_DEFAULT} when absent.` }),
  ),
  page_token: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: 'The `nextPageToken` of the page before.' }),
  ),
};

export const nextPageToken = Type.Optional(
  Type.Unsafe<string | undefined>(
    Type.String({ description: 'Asks for the next page; absent on the last.' }),
  ),
);

/** For `readTime`. */
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
    size: readCount('page_size', query.page_size ?? String(BY_DEFAULT), MOST),
    token: query.page_token,
  };
}

/** A whole number from 1 on. @throws InvalidInput naming `field` */
export function readCount(field: string, text: string, most: number): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > most) {
    throw new InvalidInput(field, `${field} must be a whole number from 1 to ${most}.`);
  }
  return count;
}

/** ISO 8601: a day, or a day and a time with a zone or in UTC. */
export function readTime(field: string, text: string): Date {
  const zoned = /^\d{4}-\d\d-\d\d$|(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  const time = new Date(zoned);
  const [day = ''] = /^\d{4}-\d\d-\d\d/.exec(text) ?? [];
  if (Number.isNaN(time.getTime()) || new Date(`${day}T00:00Z`).toJSON()?.slice(0, 10) !== day) {
    throw new InvalidInput(
      field,
      `${field} must be a day or a time in ISO 8601, such as 2026-01-31T08:30:00Z. In a URL, write + as %2B.`,
    );
  }
  return time;
}
