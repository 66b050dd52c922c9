import type { ListPage, PageRequest } from '../../platform/database/paging.ts';
import { readPhoneNumber } from '../phone-numbers/phone-number.ts';
import type { Access } from '../tokens/access.ts';
import type { Call } from './call.ts';
import { createCallEnder } from './call-ender.ts';
import { CallEnded, CallNotFound, CallNotRenewable } from './call-errors.ts';
import type { FindRecording } from './call-options.ts';
import type { CallRequest } from './call-request.ts';
import { type CallFilter, filtersOnlyByOngoing, listOwnCalls, NEWEST_CALLS } from './call-store.ts';
import type { OpenedCall } from './new-call.ts';
import { createOpenOwnCall, type OpenOwnCallDeps } from './open-own-call.ts';
import { createOwnCallReader } from './own-call-reader.ts';
import * as own from './own-call-store.ts';
import type { Recording } from './recording.ts';
import { RecordingNotFound } from './recording-errors.ts';

export type { CallFilter } from './call-store.ts';

export interface CallServiceDeps extends OpenOwnCallDeps {
  readonly findRecording: FindRecording;
}

/**
 * Calls of applications. Each function checks the access token, and throws TokenInvalid, ScopeMissing or TokenWithoutUser if the
 * token is not entitled. A token with the scope `call` reaches all calls of its user; a token with a narrower scope reaches the
 * calls that its client opened.
 */
export interface CallService {
  /**
   * Opens a call for the token's user, or returns the call that an earlier request with the same Idempotency-Key opened. What
   * depends on the server's settings, or on the time, is checked only for a new call.
   * @throws ServerOverloaded before the token is checked; InvalidInput, SameCallerAndCallee, CalleeNotAllowed, CallerNotAllowed,
   * RecordingNotSupported, OutOfRange, CredentialExpired, IdempotencyKeyReused, CallerNotOwn, CallAlreadyOngoing, CallLimitReached,
   * CallRateReached, TalkTimeSpent
   */
  openCall(access: Access, request: CallRequest): Promise<OpenedCall>;
  /** @returns false if the call had already ended. @throws CallNotFound also for a call that the token does not reach */
  endOwnCall(access: Access, id: string): Promise<boolean>;
  /** @throws CallNotFound also for a call that the token does not reach */
  findOwnCall(access: Access, id: string): Promise<Call>;
  /** Of a call that has ended. @throws CallNotFound, RecordingNotFound, RecordingUnavailable */
  findOwnRecording(access: Access, id: string): Promise<Recording>;
  /** Oldest first. */
  findOwnOngoingCalls(access: Access): Promise<Call[]>;
  findOwnLimits(access: Access): Promise<own.OwnLimits>;
  /** The user's numbers in E.164 form, the default one first. */
  findOwnNumbers(access: Access): Promise<string[]>;
  /** Newest first. The numbers are as a person dials them. @throws InvalidInput for an invalid number or page token */
  listOwnCalls(access: Access, filter: CallFilter, page: PageRequest): Promise<ListPage<Call>>;
  /** Postpones the deadline of a call of the carrier `session`. @throws CallNotFound, CallEnded, CallNotRenewable */
  renewOwnCall(access: Access, id: string): Promise<Call>;
}

export function createCallService(deps: CallServiceDeps): CallService {
  const { database, settings, announce } = deps;
  const reader = createOwnCallReader(database);
  const endCall = createCallEnder(database);

  async function findOwnCall(access: Access, id: string): Promise<Call> {
    const call = await reader.findOwnCall(access, id);
    if (!call) throw new CallNotFound(id);
    return call;
  }

  return {
    openCall: createOpenOwnCall(deps, reader),

    async endOwnCall(access, id) {
      const change = await endCall(access, id);
      if (change === undefined) throw new CallNotFound(id);
      if (change === 'ended') return false;
      announce([change]);
      return true;
    },

    findOwnCall,

    async findOwnRecording(access, id) {
      const call = await findOwnCall(access, id);
      const recording = call.recordingResult === 'success' ? await deps.findRecording(call) : undefined;
      if (!recording) throw new RecordingNotFound();
      return recording;
    },

    findOwnOngoingCalls: reader.findOwnOngoingCalls,

    findOwnLimits: (access) => own.findOwnLimits(database, access),

    findOwnNumbers: reader.findOwnNumbers,

    async listOwnCalls(access, { caller, callee, ...further }, page) {
      const { defaultCountry: country } = settings;
      const filter: CallFilter = {
        ...further,
        ...(caller !== undefined && { caller: readPhoneNumber(caller, country, 'caller') }),
        ...(callee !== undefined && { callee: readPhoneNumber(callee, country, 'callee') }),
      };
      const after = NEWEST_CALLS.readPageToken(page.token);
      const calls =
        filtersOnlyByOngoing(filter) && after === undefined
          ? reader.findNewestOwnOngoingCalls(access, page.size + 1)
          : listOwnCalls(database, access, filter, page.size + 1, after);
      return NEWEST_CALLS.pageOf(await calls, page.size);
    },

    async renewOwnCall(access, id) {
      const lease = settings.sessionLease ?? settings.callTimeLimit;
      const result = await own.renewOwnCall(database, access, id, lease);
      if (!result) throw new CallNotFound(id);
      if (result.call.endedAt !== null) throw new CallEnded(id);
      if (!result.renewed) throw new CallNotRenewable();
      return result.call;
    },
  };
}
