import type { Database } from '../../platform/database/database.ts';
import type { ListPage, PageRequest, TimePosition } from '../../platform/database/paging.ts';
import type { Actor } from './actor.ts';
import { type AuditFilter, listActs, NEWEST_ACTS, type RecordedAct } from './audit-log-store.ts';
import { recordAct } from './audit-store.ts';

export type { AuditFilter, RecordedAct } from './audit-log-store.ts';

const EXPORT_PAGE_SIZE = 1_000;

/** All acts: who did what, when and from where. */
export interface AuditLog {
  /** Newest first. @throws InvalidInput for an invalid page token */
  list(filter: AuditFilter, page: PageRequest): Promise<ListPage<RecordedAct>>;
  /** Yields all matching acts in pages, newest first. Acts during the read are not included. */
  read(filter: AuditFilter): AsyncGenerator<readonly RecordedAct[]>;
  /** Like `read`, and records the export in the log, without the user names of the filter. */
  exportActs(filter: AuditFilter, actor: Actor): AsyncGenerator<readonly RecordedAct[]>;
}

export function createAuditLog(database: Database): AuditLog {
  async function* read(filter: AuditFilter): AsyncGenerator<readonly RecordedAct[]> {
    let after: TimePosition | undefined;
    for (;;) {
      const page = await listActs(database, filter, EXPORT_PAGE_SIZE, after);
      yield page.map(({ position: _, ...act }) => act);
      const last = page.at(-1);
      if (page.length < EXPORT_PAGE_SIZE || !last) return;
      after = NEWEST_ACTS.positionOf(last);
    }
  }

  return {
    async list(filter, { size, token }) {
      const after = NEWEST_ACTS.readPageToken(token);
      return NEWEST_ACTS.pageOf(await listActs(database, filter, size + 1, after), size);
    },

    read,

    async *exportActs(filter, actor) {
      const { action, clientId, from, to } = filter;
      await recordAct(database, actor, {
        action: 'auditLogExported',
        ...(clientId !== undefined && { clientId }),
        details: { action, from, to },
      });
      yield* read(filter);
    },
  };
}
