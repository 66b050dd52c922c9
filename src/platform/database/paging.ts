import { InvalidInput } from '../domain-error.ts';

/** A page of a list. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** Token for the next page; undefined on the last page. */
  readonly nextPageToken: string | undefined;
}

/** The requested page of a list. */
export interface PageRequest {
  readonly size: number;
  /** The `nextPageToken` of the previous page; undefined: the first page. */
  readonly token?: string | undefined;
}

/** A list ordered by a unique key. */
export interface OrderedByKey<Row> {
  /** @returns the key after which the page starts; undefined for the first page. @throws InvalidInput */
  readPageToken(token: string | undefined): string | undefined;
  /** @param rows one more than the page has, if there are more */
  pageOf(rows: readonly Row[], size: number): ListPage<Row>;
}

/** @param form pattern of a key */
export function orderedByKey<Row>(form: RegExp, keyOf: (row: Row) => string): OrderedByKey<Row> {
  return {
    readPageToken(token) {
      if (token === undefined) return undefined;
      const key = decode(token);
      if (!form.test(key) || encode(key) !== token) throw invalidPageToken();
      return key;
    },
    pageOf(rows, size) {
      const { items, last } = cut(rows, size);
      return { items, nextPageToken: last && encode(keyOf(last)) };
    },
  };
}

/** The end of a page of a newest-first list. */
export interface TimePosition {
  /** Microseconds since 1970, in digits, because a JavaScript date has only milliseconds. */
  readonly at: string;
  /** Orders rows of the same microsecond. */
  readonly id: string;
}

/** A row of a newest-first list. */
export type Listed<Item extends { readonly id: string }> = Item & {
  /** The time of the row, as in `TimePosition`. */
  readonly position: string;
};

/** A list ordered by time, newest first. With a keyset, the cost of a page does not depend on how deep it is. */
export interface NewestFirst {
  /** SQL: the column `position`. */
  readonly position: string;
  /** SQL: for ORDER BY. */
  readonly order: string;
  /** SQL: for WHERE, the rows after a position. @param at, id placeholders of its parameters */
  behind(at: string, id: string): string;
  positionOf(row: Listed<{ readonly id: string }>): TimePosition;
  /** @returns the position after which the page starts; undefined for the first page. @throws InvalidInput also for a token of another list */
  readPageToken(token: string | undefined): TimePosition | undefined;
  /** @param rows one more than the page has, if there are more */
  pageOf<Item extends { readonly id: string }>(
    rows: readonly Listed<Item>[],
    size: number,
  ): ListPage<Omit<Listed<Item>, 'position'>>;
}

/**
 * @param name distinguishes the page tokens of this list from those of other lists
 * @param columns SQL expressions
 * @param idForm pattern of an id
 */
export function newestFirst(
  name: string,
  columns: { readonly time: string; readonly id: string },
  idForm: RegExp,
): NewestFirst {
  const { time, id } = columns;
  const positionOf: NewestFirst['positionOf'] = (row) => ({ at: row.position, id: row.id });
  return {
    position: `(extract(epoch FROM ${time}) * 1000000)::bigint::text AS position`,
    order: `${time} DESC, ${id} DESC`,
    behind: (atParameter, idParameter) =>
      `(${time}, ${id}) < (timestamptz 'epoch' + ${atParameter}::bigint * interval '1 microsecond', ${idParameter})`,
    positionOf,
    readPageToken(token) {
      if (token === undefined) return undefined;
      const [list, rowId = '', at = '', ...rest] = decode(token).split(' ');
      if (list !== name || !idForm.test(rowId) || !/^\d{1,16}$/.test(at) || rest.length > 0)
        throw invalidPageToken();
      return { at, id: rowId };
    },
    pageOf(rows, size) {
      const { items, last } = cut(rows, size);
      const end = last && positionOf(last);
      return {
        items: items.map(({ position: _, ...item }) => item),
        nextPageToken: end && encode(`${name} ${end.id} ${end.at}`),
      };
    },
  };
}

/** For a token that this server did not create, or of another list. */
function invalidPageToken(): InvalidInput {
  return new InvalidInput('page_token', 'page_token must be the nextPageToken of the page before.');
}

/** @returns the rows of the page, and the last of them if another page follows */
function cut<Row>(rows: readonly Row[], size: number) {
  const items = rows.slice(0, size);
  return { items, last: rows.length > size ? items.at(-1) : undefined };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function decode(token: string): string {
  return Buffer.from(token, 'base64url').toString();
}
