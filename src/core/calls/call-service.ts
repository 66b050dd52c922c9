import { randomBytes } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { DiallingPolicy } from '../phone-numbers/dialling-policy.ts';
import { readPhoneNumber } from '../phone-numbers/phone-number.ts';
import type { PresentedToken } from '../tokens/access-token.ts';
import type { AnnounceChanges, Call } from './call.ts';
import {
  CallEnded,
  CalleeNotAllowed,
  CallerNotAllowed,
  CallerNotOwn,
  CallNotFound,
  CallNotRenewable,
  SameCallerAndCallee,
} from './call-errors.ts';
import { createCallOpener } from './call-opener.ts';
import { type CallFilter, type CallPage, pageOf, positionOf } from './call-page.ts';
import type { CallRequest } from './call-request.ts';
import { isOfOngoingAlone, listOwnCalls } from './call-store.ts';
import { type CallSettings, type CarrierChoice, type PrepareSink, settle } from './call-terms.ts';
import type { OpenedCall } from './new-call.ts';
import { createOwnCallReading } from './own-call-reading.ts';
import * as own from './own-call-store.ts';

export interface CallParts {
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

/** Calls as clients open, see and end them by a token; any one of `scopes` is enough. */
export function createCallService(parts: CallParts) {
  const { database, settings, announce, policy } = parts;
  const open = createCallOpener(database);
  const reading = createOwnCallReading(database);

  /**
   * The numbers, and why the policy refuses them, if so. One that it refuses may be one that cannot be read: an emergency
   * number. Where none is named, the user's default number is judged; the database takes the one that is it then.
   */
  async function readNumbers(
    token: PresentedToken,
    scopes: readonly string[],
    { caller: named, callee }: CallRequest,
  ) {
    const caller = named ?? (await reading.findOwnNumbers(token, scopes))[0];
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

  /** Somebody without any number looks in vain for the right one among their own. */
  async function explain(error: unknown, token: PresentedToken, scopes: readonly string[]): Promise<never> {
    if (!(error instanceof CallerNotOwn)) throw error;
    const numbers = await reading.findOwnNumbers(token, scopes);
    throw new CallerNotOwn(numbers.length === 0);
  }

  return {
    /**
     * Opens a call for the token's user, or repeats the answer to an earlier request with the same Idempotency-Key:
     * what depends on the server's settings, or on the time, is judged after that.
     * @throws InvalidInput, SameCallerAndCallee, and what the store refuses
     */
    async openCall(
      token: PresentedToken,
      scopes: readonly string[],
      request: CallRequest,
    ): Promise<OpenedCall> {
      const { caller, callee, refusal } = await readNumbers(token, scopes, request);
      const carrier = parts.chooseCarrier(callee);
      const id = randomBytes(ID_BYTES).toString('hex');
      const settled = settle(parts, carrier, id, request);
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
      const opened = await open({ token, scopes, call, terms }).catch((error) =>
        explain(error, token, scopes),
      );
      if (!opened.replayed) {
        const { id: callId, state, carrier: name, nodeId = null } = call;
        announce([{ callId, userId: opened.userId, state, carrier: name, nodeId }]);
      }
      return opened;
    },

    /** @returns whether it went on until now. @throws CallNotFound also for a call that the token does not reach */
    async endOwnCall(token: PresentedToken, scopes: readonly string[], id: string): Promise<boolean> {
      const change = await own.endOwnCall(database, token, scopes, id);
      if (change === undefined) throw new CallNotFound(id);
      if (change === 'ended') return false;
      announce([change]);
      return true;
    },

    /** @throws CallNotFound also for a call that the token does not reach */
    async findOwnCall(token: PresentedToken, scopes: readonly string[], id: string): Promise<Call> {
      const call = await reading.findOwnCall(token, scopes, id);
      if (!call) throw new CallNotFound(id);
      return call;
    },

    /** All that the token reaches, oldest first. */
    findOwnOngoingCalls: reading.findOwnOngoingCalls,

    findOwnLimits: (token: PresentedToken, scopes: readonly string[]) =>
      own.findOwnLimits(database, token, scopes),

    findOwnNumbers: reading.findOwnNumbers,

    /** Newest first, of those that the token reaches. @throws InvalidInput for a page token that is not one of ours */
    async listOwnCalls(
      token: PresentedToken,
      scopes: readonly string[],
      filter: CallFilter,
      pageSize: number,
      pageToken?: string,
    ): Promise<CallPage> {
      const from = { ...filter, ...positionOf(pageToken) };
      const list = isOfOngoingAlone(from)
        ? reading.findNewestOwnOngoingCalls(token, scopes, pageSize + 1)
        : listOwnCalls(database, token, scopes, from, pageSize + 1);
      return pageOf(await list, pageSize);
    },

    /** @throws CallNotFound, CallEnded, CallNotRenewable */
    async renewOwnCall(token: PresentedToken, scopes: readonly string[], id: string): Promise<Call> {
      const lease = settings.sessionLease ?? settings.callTimeLimit;
      const found = await own.renewOwnCall(database, token, scopes, id, lease);
      if (!found) throw new CallNotFound(id);
      if (found.call.endedAt !== null) throw new CallEnded(id);
      if (!found.renewed) throw new CallNotRenewable();
      return found.call;
    },
  };
}
