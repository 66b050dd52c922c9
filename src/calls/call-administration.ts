import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import type { Database } from '../database/database.ts';
import type { AnnounceChanges, Call } from './call.ts';
import { CallNotFound } from './call-errors.ts';
import { type CallFilter, type CallPage, pageOf, positionOf } from './call-page.ts';
import { findCall, listCalls } from './call-store.ts';
import { moveCall } from './transition-store.ts';

export type CallAdministration = ReturnType<typeof createCallAdministration>;

/** Any user's calls, as administrators see and end them. */
export function createCallAdministration(database: Database, announce: AnnounceChanges) {
  return {
    /** @throws CallNotFound */
    async findCall(id: string): Promise<Call> {
      const call = await findCall(database, id);
      if (!call) throw new CallNotFound(id);
      return call;
    },

    /** An ended one stays as it is. @param reason why, in the administrator's words. @throws CallNotFound */
    async endCall(id: string, actor: Actor, reason?: string): Promise<Call> {
      const ending = { state: 'disconnected', reason: 'hangUp' } as const;
      const change = await database.transaction(async (tx) => {
        const moved = await moveCall(tx, id, ending, 'administrator', null);
        const call = moved && (await findCall(tx, id));
        if (!moved || !call) return undefined;
        const { userId } = moved;
        const { clientId } = call;
        const details = reason === undefined ? {} : { reason };
        await recordAct(tx, actor, { action: 'callEnded', userId, clientId, subject: id, details });
        return moved;
      });
      if (change) announce([change]);
      return this.findCall(id);
    },

    /** Newest first. @throws InvalidInput for a page token that is not one of ours */
    async listCalls(filter: CallFilter, pageSize: number, pageToken?: string): Promise<CallPage> {
      const from = { ...filter, ...positionOf(pageToken) };
      return pageOf(await listCalls(database, from, pageSize + 1), pageSize);
    },
  };
}
