import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { Actor } from './actor.ts';
import {
  type AuditFilter,
  type AuditPosition,
  type ListedAct,
  listActs,
  type RecordedAct,
} from './audit-log-store.ts';
import { recordAct } from './audit-store.ts';

export type { AuditFilter, RecordedAct } from './audit-log-store.ts';

/** How many acts an export reads at a time. */
const READ_AT_ONCE = 1_000;

export interface AuditPage {
  readonly acts: readonly RecordedAct[];
  /** Asks for the next page; undefined on the last one. */
  readonly nextPageToken: string | undefined;
}

export type AuditLog = ReturnType<typeof createAuditLog>;

/** What was done, by whom, when and from where. */
export function createAuditLog(database: Database) {
  return {
    /** Newest first. @throws InvalidInput for a page token that is not one of ours */
    async list(filter: AuditFilter, pageSize: number, pageToken?: string): Promise<AuditPage> {
      const after = pageToken === undefined ? undefined : readPageToken(pageToken);
      const found = await listActs(database, filter, pageSize + 1, after);
      const page = found.slice(0, pageSize);
      const last = found.length > pageSize ? page.at(-1) : undefined;
      return { acts: page.map(withoutPosition), nextPageToken: last && writePageToken(positionOf(last)) };
    },

    /** All of them, newest first, a page at a time; what happens meanwhile is not among them. */
    async *read(filter: AuditFilter): AsyncGenerator<readonly RecordedAct[]> {
      let after: AuditPosition | undefined;
      for (;;) {
        const page = await listActs(database, filter, READ_AT_ONCE, after);
        yield page.map(withoutPosition);
        const last = page.at(-1);
        if (page.length < READ_AT_ONCE || !last) return;
        after = positionOf(last);
      }
    },

    /** The same for somebody to take away, which is itself recorded; the names in the filter are not kept. */
    async *exportActs(filter: AuditFilter, actor: Actor): AsyncGenerator<readonly RecordedAct[]> {
      const { action, clientId, from, to } = filter;
      await recordAct(database, actor, {
        action: 'auditLogExported',
        ...(clientId !== undefined && { clientId }),
        details: { action, from, to },
      });
      yield* this.read(filter);
    },
  };
}

function withoutPosition({ position: _, ...act }: ListedAct): RecordedAct {
  return act;
}

function positionOf({ id, position: at }: ListedAct): AuditPosition {
  return { at, id };
}

function writePageToken({ at, id }: AuditPosition): string {
  return Buffer.from(`act ${id} ${at}`).toString('base64url');
}

function readPageToken(token: string): AuditPosition {
  const text = Buffer.from(token, 'base64url').toString();
  const [, id, at] = /^act (\d{1,18}) (\d{1,16})$/.exec(text) ?? [];
  if (id === undefined || at === undefined) {
    throw new InvalidInput('page_token', 'page_token must be a nextPageToken as this server gave it');
  }
  return { at, id };
}
