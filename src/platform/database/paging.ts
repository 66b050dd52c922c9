import { InvalidInput } from '../domain-error.ts';

/** A page of a list. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** Asks for the next page; undefined on the last one. */
  readonly nextPageToken: string | undefined;
}

/** Which page of a list is wanted. */
export interface PageRequest {
  readonly size: number;
  /** The `nextPageToken` of the page before; undefined: the first page. */
  readonly token?: string | undefined;
}

/** A list in the order of one unique key. */
export interface OrderedByKey<Row> {
  /** @returns the key behind which the page begins; undefined for the first page. @throws InvalidInput */
  readPageToken(token: string | undefined): string | undefined;
  /** @param rows one more than the page has, if there are more */
  pageOf(rows: readonly Row[], size: number): ListPage<Row>;
}

/** @param form what a key looks like */
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

/** Where a page of a newest-first list ends. */
export interface TimePosition {
  /** Microseconds since 1970, in digits: a JavaScript date would cut them to milliseconds. */
  readonly at: string;
  /** Decides among rows of the same microsecond. */
  readonly id: string;
}

/** A row of a newest-first list. */
export type Listed<Item extends { readonly id: string }> = Item & {
  /** Its time, as in `TimePosition`. */
  readonly position: string;
};

/** A list by time, newest first. By keyset, pages cost the same however deep they lie. */
export interface NewestFirst {
  /** SQL: the column `position`. */
  readonly position: string;
  /** SQL: for ORDER BY. */
  readonly order: string;
  /** SQL: for WHERE, the rows behind a position. @param at, id the parameters that hold it */
  behind(at: string, id: string): string;
  positionOf(row: Listed<{ readonly id: string }>): TimePosition;
  /** @returns where the page begins; undefined for the first page. @throws InvalidInput also for a token of another list */
  readPageToken(token: string | undefined): TimePosition | undefined;
  /** @param rows one more than the page has, if there are more */
  pageOf<Item extends { readonly id: string }>(
    rows: readonly Listed<Item>[],
    size: number,
  ): ListPage<Omit<Listed<Item>, 'position'>>;
}

/**
 * @param name tells its page tokens from those of other lists
 * @param columns in SQL
 * @param idForm what an id looks like
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
      const [list, rowId = '', at = '', ...more] = decode(token).split(' ');
      if (list !== name || !idForm.test(rowId) || !/^\d{1,16}$/.test(at) || more.length > 0)
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

/** A page token that this server did not make, or one of another list. */
function invalidPageToken(): InvalidInput {
  return new InvalidInput('page_token', 'page_token must be the nextPageToken of the page before.');
}

/** @returns the rows of the page, and its last one where another page follows */
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
