import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../../platform/database/database.ts';
import type { Listed, ListPage, PageRequest } from '../../platform/database/paging.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { findUserId } from '../people/user-store.ts';
import { readPhoneNumber } from '../phone-numbers/phone-number.ts';
import type { AnnounceChanges, Call, TimelineEntry } from './call.ts';
import { CallNotFound } from './call-errors.ts';
import { findTimeline, type HistoryFilter, listCalls } from './call-history-store.ts';
import { type CallSearch, readSearch } from './call-search.ts';
import { findCall, NEWEST_CALLS } from './call-store.ts';
import { moveCall } from './transition-store.ts';

/** Characters that may say why a call was ended. */
export const REASON_LENGTHS = { minLength: 1, maxLength: 500 };

export type CallAdministration = ReturnType<typeof createCallAdministration>;

const EXPORTED_AT_ONCE = 1_000;

/** Any user's calls, as administrators see and end them. @param country where numbers without `+` are read */
export function createCallAdministration(
  database: Database,
  announce: AnnounceChanges,
  country?: CountryCode,
) {
  /** @returns undefined when there can be no such calls. @throws InvalidPhoneNumber */
  async function filterOf(search: CallSearch): Promise<HistoryFilter | undefined> {
    const { userName, q, caller, callee, ...rest } = search;
    const filter = {
      ...rest,
      ...(caller !== undefined && { caller: readPhoneNumber(caller, country, 'caller') }),
      ...(callee !== undefined && { callee: readPhoneNumber(callee, country, 'callee') }),
    };
    const userId = userName === undefined ? undefined : await findUserId(database, userName);
    if (userName !== undefined && userId === undefined) return undefined;
    const owner = userId === undefined ? {} : { userId };
    if (q === undefined) return { ...filter, ...owner };
    const named = await findUserId(database, q.trim());
    return { ...filter, ...owner, anyOf: { ...readSearch(q, country), ...(named && { userId: named }) } };
  }

  return {
    /** @throws CallNotFound */
    async findCall(id: string): Promise<Call> {
      const call = await findCall(database, id);
      if (!call) throw new CallNotFound(id);
      return call;
    },

    /** An ended one stays as it is. @param reason why, in the administrator's words. @throws CallNotFound, InvalidInput */
    async endCall(id: string, actor: Actor, reason?: string): Promise<Call> {
      const details = reason === undefined ? {} : { reason: readReason(reason) };
      const ending = { state: 'disconnected', reason: 'hangUp' } as const;
      const change = await database.transaction(async (tx) => {
        const moved = await moveCall(tx, id, ending, 'administrator', null);
        const call = moved && (await findCall(tx, id));
        if (!moved || !call) return undefined;
        const { userId } = moved;
        const { clientId } = call;
        await recordAct(tx, actor, { action: 'callEnded', userId, clientId, subject: id, details });
        return moved;
      });
      if (change) announce([change]);
      return this.findCall(id);
    },

    /** Newest first. @throws InvalidInput for a number, or a page token, that is none */
    async listCalls(search: CallSearch, { size, token }: PageRequest): Promise<ListPage<Call>> {
      const after = NEWEST_CALLS.readPageToken(token);
      const filter = await filterOf(search);
      if (!filter) return { items: [], nextPageToken: undefined };
      return NEWEST_CALLS.pageOf(await listCalls(database, filter, size + 1, after), size);
    },

    /** All of them, newest first; those that are opened meanwhile are left out. The next page is read when it is asked for. */
    async *exportCalls(search: CallSearch, actor: Actor): AsyncGenerator<readonly Call[]> {
      const filter = await filterOf(search);
      await recordAct(database, actor, {
        action: 'callsExported',
        ...(search.userName !== undefined && filter?.userId && { userId: filter.userId }),
        ...(search.clientId !== undefined && { clientId: search.clientId }),
        details: { filters: Object.keys(search) },
      });
      let rows: Listed<Call>[] = [];
      do {
        const last = rows.at(-1);
        const after = last && NEWEST_CALLS.positionOf(last);
        rows = filter ? await listCalls(database, filter, EXPORTED_AT_ONCE, after) : [];
        yield rows.map(({ position: _, ...call }) => call);
      } while (rows.length === EXPORTED_AT_ONCE);
    },

    /** The transitions of a call, in their order. @throws CallNotFound */
    async timeline(id: string): Promise<TimelineEntry[]> {
      await this.findCall(id);
      return findTimeline(database, id);
    },
  };
}

/** The audit log outlives whoever is erased, so no phone numbers go there. @throws InvalidInput */
function readReason(text: string): string {
  const { minLength, maxLength } = REASON_LENGTHS;
  if (text.length < minLength || text.length > maxLength || !/\S/.test(text)) {
    throw new InvalidInput('reason', `reason must have ${minLength} to ${maxLength} characters.`);
  }
  return text.replace(/\+?\d(?:[\s()./-]*\d){5,}/g, '…');
}
