import { InvalidInput } from '../../platform/domain-error.ts';
import type { Call } from './call.ts';
import type { CallPosition, ListedCall, CallFilter as StoredFilter } from './call-store.ts';

export type CallFilter = Omit<StoredFilter, 'after'>;

export interface CallPage {
  readonly calls: readonly Call[];
  /** Asks for the next page; undefined on the last one. */
  readonly nextPageToken: string | undefined;
}

/** @param rows one more than the page has, if there are more */
export function pageOf(rows: readonly ListedCall[], pageSize: number): CallPage {
  const page = rows.slice(0, pageSize);
  const last = rows.length > pageSize ? page.at(-1) : undefined;
  return {
    calls: page.map(({ position: _, ...call }) => call),
    nextPageToken: last && writePageToken({ createdAt: last.position, id: last.id }),
  };
}

/** Where the page begins. @throws InvalidInput for a page token that is not one of ours */
export function positionOf(pageToken: string | undefined): { after?: CallPosition } {
  return pageToken === undefined ? {} : { after: readPageToken(pageToken) };
}

function writePageToken({ createdAt, id }: CallPosition): string {
  return Buffer.from(`${id} ${createdAt}`).toString('base64url');
}

function readPageToken(token: string): CallPosition {
  const [, id, createdAt] = /^(\w+) (\d{1,16})$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (id === undefined || createdAt === undefined) {
    throw new InvalidInput('page_token', 'page_token must be a nextPageToken as this server gave it');
  }
  return { createdAt, id };
}
