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

/** Length in characters of an administrator's reason for ending a call. */
export const REASON_LENGTHS = { minLength: 1, maxLength: 500 };

const EXPORT_PAGE_SIZE = 1_000;

/** Lets administrators find and end any user's calls. */
export interface CallAdministration {
  /** @throws CallNotFound */
  findCall(id: string): Promise<Call>;
  /**
   * Ends a call. A call that has already ended stays as it is.
   * @param reason for the audit log, in the administrator's words
   * @throws CallNotFound, InvalidInput
   */
  endCall(id: string, actor: Actor, reason?: string): Promise<Call>;
  /** Newest first. @throws InvalidInput for an invalid number or page token */
  listCalls(search: CallSearch, page: PageRequest): Promise<ListPage<Call>>;
  /** Yields all matching calls in pages, newest first. Calls opened during the export are not included. */
  exportCalls(search: CallSearch, actor: Actor): AsyncGenerator<readonly Call[]>;
  /** Lists the transitions of a call, in order. @throws CallNotFound */
  findTimeline(id: string): Promise<TimelineEntry[]>;
}

/** @param country default country for numbers without `+` */
export function createCallAdministration(
  database: Database,
  announce: AnnounceChanges,
  country?: CountryCode,
): CallAdministration {
  /** @returns undefined if no call can match. @throws InvalidPhoneNumber */
  async function resolveFilter(search: CallSearch): Promise<HistoryFilter | undefined> {
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

  async function findExistingCall(id: string): Promise<Call> {
    const call = await findCall(database, id);
    if (!call) throw new CallNotFound(id);
    return call;
  }

  return {
    findCall: findExistingCall,

    async endCall(id, actor, reason) {
      const details = reason === undefined ? {} : { reason: readReason(reason) };
      const ending = { state: 'disconnected', reason: 'hangUp' } as const;
      const change = await database.transaction(async (tx) => {
        const moved = await moveCall(tx, { id, progress: ending, endedBy: 'administrator', nodeId: null });
        const call = moved && (await findCall(tx, id));
        if (!moved || !call) return undefined;
        const { userId } = moved;
        const { clientId } = call;
        await recordAct(tx, actor, { action: 'callEnded', userId, clientId, subject: id, details });
        return moved;
      });
      if (change) announce([change]);
      return findExistingCall(id);
    },

    async listCalls(search, { size, token }) {
      const after = NEWEST_CALLS.readPageToken(token);
      const filter = await resolveFilter(search);
      if (!filter) return { items: [], nextPageToken: undefined };
      return NEWEST_CALLS.pageOf(await listCalls(database, filter, size + 1, after), size);
    },

    async *exportCalls(search, actor) {
      const filter = await resolveFilter(search);
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
        rows = filter ? await listCalls(database, filter, EXPORT_PAGE_SIZE, after) : [];
        yield rows.map(({ position: _, ...call }) => call);
      } while (rows.length === EXPORT_PAGE_SIZE);
    },

    async findTimeline(id) {
      await findExistingCall(id);
      return findTimeline(database, id);
    },
  };
}

/** Masks phone numbers, because the audit log is kept after a user is erased. @throws InvalidInput */
function readReason(text: string): string {
  const { minLength, maxLength } = REASON_LENGTHS;
  if (text.length < minLength || text.length > maxLength || !/\S/.test(text)) {
    throw new InvalidInput('reason', `reason must have ${minLength} to ${maxLength} characters.`);
  }
  return text.replace(/\+?\d(?:[\s()./-]*\d){5,}/g, '…');
}
