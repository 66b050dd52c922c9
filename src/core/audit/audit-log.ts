import type { Database } from '../../platform/database/database.ts';
import type { ListPage, PageRequest, TimePosition } from '../../platform/database/paging.ts';
import type { Actor } from './actor.ts';
import { type AuditFilter, listActs, NEWEST_ACTS, type RecordedAct } from './audit-log-store.ts';
import { recordAct } from './audit-store.ts';

export type { AuditFilter, RecordedAct } from './audit-log-store.ts';

/** How many acts an export reads at a time. */
const READ_AT_ONCE = 1_000;

export type AuditLog = ReturnType<typeof createAuditLog>;

/** What was done, by whom, when and from where. */
export function createAuditLog(database: Database) {
  return {
    /** Newest first. @throws InvalidInput for a page token that is not one of ours */
    async list(filter: AuditFilter, { size, token }: PageRequest): Promise<ListPage<RecordedAct>> {
      const after = NEWEST_ACTS.readPageToken(token);
      return NEWEST_ACTS.pageOf(await listActs(database, filter, size + 1, after), size);
    },

    /** All of them, newest first, a page at a time; what happens meanwhile is not among them. */
    async *read(filter: AuditFilter): AsyncGenerator<readonly RecordedAct[]> {
      let after: TimePosition | undefined;
      for (;;) {
        const page = await listActs(database, filter, READ_AT_ONCE, after);
        yield page.map(({ position: _, ...act }) => act);
        const last = page.at(-1);
        if (page.length < READ_AT_ONCE || !last) return;
        after = NEWEST_ACTS.positionOf(last);
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
