import { randomBytes } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { ListPage, PageRequest } from '../../platform/database/paging.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../phone-numbers/dialling-errors.ts';
import type { DiallingPolicy } from '../phone-numbers/dialling-policy.ts';
import { readPhoneNumber } from '../phone-numbers/phone-number.ts';
import type { Access } from '../tokens/access.ts';
import type { AnnounceChanges, Call } from './call.ts';
import {
  CallEnded,
  CallerNotOwn,
  CallNotFound,
  CallNotRenewable,
  SameCallerAndCallee,
} from './call-errors.ts';
import { createCallOpener } from './call-opener.ts';
import type { CallRequest } from './call-request.ts';
import { type CallFilter, filtersOnlyByOngoing, listOwnCalls, NEWEST_CALLS } from './call-store.ts';
import { type CallSettings, type CarrierChoice, type PrepareSink, settle } from './call-terms.ts';
import type { OpenedCall } from './new-call.ts';
import { createOwnCallReader } from './own-call-reader.ts';
import * as own from './own-call-store.ts';

export type { CallFilter } from './call-store.ts';

export interface CallDeps {
  readonly database: Database;
  readonly settings: CallSettings;
  readonly announce: AnnounceChanges;
  readonly chooseCarrier: (callee: string) => CarrierChoice;
  readonly policy: DiallingPolicy;
  /** Seals the token for this one call. @throws InvalidInput for an address that cannot be one */
  readonly prepareSink: PrepareSink;
}

/** 128 random bits, in hexadecimal: no character that a shell or a URL could take for something else. */
const ID_BYTES = 16;

export type CallService = ReturnType<typeof createCallService>;

/** Calls as clients open, see and end them by a token. */
export function createCallService(deps: CallDeps) {
  const { database, settings, announce, policy } = deps;
  const open = createCallOpener(database);
  const reader = createOwnCallReader(database);

  /**
   * The numbers, and why the policy refuses them, if so. One that it refuses may be one that cannot be read: an emergency
   * number. Where none is named, the user's default number is judged; the database takes the one that is it then.
   */
  async function readNumbers(access: Access, { caller: named, callee }: CallRequest) {
    const caller = named ?? (await reader.findOwnNumbers(access))[0];
    const calleeRefusal = await policy.judge(callee);
    const callerRefusal = caller === undefined ? undefined : await policy.judge(caller);
    const read = {
      callee: calleeRefusal?.number ?? readPhoneNumber(callee, settings.defaultCountry),
      caller: callerRefusal?.number ?? (caller && readPhoneNumber(caller, undefined, 'caller')),
    };
    if (read.caller === read.callee) throw new SameCallerAndCallee();
    return {
      ...read,
      caller: named === undefined ? undefined : read.caller,
      refusal:
        (callerRefusal && new CallerNotAllowed(callerRefusal)) ??
        (calleeRefusal && new CalleeNotAllowed(calleeRefusal)),
    };
  }

  /** A user without any number needs another message than one who named a wrong number. */
  async function explain(error: unknown, access: Access): Promise<never> {
    if (!(error instanceof CallerNotOwn)) throw error;
    const numbers = await reader.findOwnNumbers(access);
    throw new CallerNotOwn(numbers.length === 0);
  }

  return {
    /**
     * Opens a call for the token's user, or repeats the answer to an earlier request with the same Idempotency-Key:
     * what depends on the server's settings, or on the time, is judged after that.
     * @throws InvalidInput, SameCallerAndCallee, and what the store refuses
     */
    async openCall(access: Access, request: CallRequest): Promise<OpenedCall> {
      const { caller, callee, refusal } = await readNumbers(access, request);
      const carrier = deps.chooseCarrier(callee);
      const id = randomBytes(ID_BYTES).toString('hex');
      const settled = settle(deps, carrier, id, request);
      const call = {
        id,
        caller,
        callee,
        state: carrier.firstState,
        carrier: carrier.name,
        costs: carrier.costs,
        nodeId: carrier.nodeId,
        clientReference: request.clientReference,
        metadata: request.metadata,
        ...settled.terms,
      };
      const terms = {
        lease: settings.sessionLease,
        refusal: refusal ?? settled.refusal,
        once: request.once,
        idempotency: request.idempotency,
        callsPerMinute: carrier.costs ? settings.callsPerMinute : undefined,
        talkTimePerDay: carrier.costs ? settings.talkTimePerDay : undefined,
      };
      const opened = await open({ ...access, call, terms }).catch((error) => explain(error, access));
      if (!opened.replayed) {
        const { id: callId, state, carrier: name, nodeId = null } = call;
        announce([{ callId, userId: opened.userId, state, carrier: name, nodeId }]);
      }
      return opened;
    },

    /** @returns whether it went on until now. @throws CallNotFound also for a call that the token does not reach */
    async endOwnCall(access: Access, id: string): Promise<boolean> {
      const change = await own.endOwnCall(database, access, id);
      if (change === undefined) throw new CallNotFound(id);
      if (change === 'ended') return false;
      announce([change]);
      return true;
    },

    /** @throws CallNotFound also for a call that the token does not reach */
    async findOwnCall(access: Access, id: string): Promise<Call> {
      const call = await reader.findOwnCall(access, id);
      if (!call) throw new CallNotFound(id);
      return call;
    },

    /** All that the token reaches, oldest first. */
    findOwnOngoingCalls: reader.findOwnOngoingCalls,

    findOwnLimits: (access: Access) => own.findOwnLimits(database, access),

    findOwnNumbers: reader.findOwnNumbers,

    /** Newest first, of those that the token reaches. @throws InvalidInput for a page token that is not one of ours */
    async listOwnCalls(access: Access, filter: CallFilter, page: PageRequest): Promise<ListPage<Call>> {
      const after = NEWEST_CALLS.readPageToken(page.token);
      const list =
        filtersOnlyByOngoing(filter) && after === undefined
          ? reader.findNewestOwnOngoingCalls(access, page.size + 1)
          : listOwnCalls(database, access, filter, page.size + 1, after);
      return NEWEST_CALLS.pageOf(await list, page.size);
    },

    /** @throws CallNotFound, CallEnded, CallNotRenewable */
    async renewOwnCall(access: Access, id: string): Promise<Call> {
      const lease = settings.sessionLease ?? settings.callTimeLimit;
      const found = await own.renewOwnCall(database, access, id, lease);
      if (!found) throw new CallNotFound(id);
      if (found.call.endedAt !== null) throw new CallEnded(id);
      if (!found.renewed) throw new CallNotRenewable();
      return found.call;
    },
  };
}
