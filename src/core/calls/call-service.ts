import { randomBytes } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { ListPage, PageRequest } from '../../platform/database/paging.ts';
import type { DomainError } from '../../platform/domain-error.ts';
import type { Logger } from '../../platform/logger.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../phone-numbers/dialling-errors.ts';
import type { DiallingPolicy } from '../phone-numbers/dialling-policy.ts';
import { readPhoneNumber } from '../phone-numbers/phone-number.ts';
import type { Access } from '../tokens/access.ts';
import { createAdmission } from './admission.ts';
import type { AnnounceChanges, Call } from './call.ts';
import { createCallEnder } from './call-ender.ts';
import {
  CallEnded,
  CallerNotOwn,
  CallNotFound,
  CallNotRenewable,
  SameCallerAndCallee,
} from './call-errors.ts';
import type { OpeningMeter } from './call-metrics.ts';
import { createCallOpener } from './call-opener.ts';
import {
  type CallSettings,
  type CarrierChoice,
  checkOptions,
  type FindRecording,
  type PrepareSink,
} from './call-options.ts';
import { type CallRequest, nameIn } from './call-request.ts';
import { type CallFilter, filtersOnlyByOngoing, listOwnCalls, NEWEST_CALLS } from './call-store.ts';
import type { NewCall, OpenedCall, OpenTerms } from './new-call.ts';
import { createOwnCallReader, type OwnCallReader } from './own-call-reader.ts';
import * as own from './own-call-store.ts';
import type { Recording } from './recording.ts';
import { RecordingNotFound } from './recording-errors.ts';

export type { CallFilter } from './call-store.ts';

export interface CallServiceDeps {
  readonly database: Database;
  readonly settings: CallSettings;
  readonly announce: AnnounceChanges;
  readonly chooseCarrier: (callee: string) => CarrierChoice;
  /** For how many milliseconds a carrier has been behind with its work. */
  readonly carrierBacklogMs: () => number;
  readonly policy: DiallingPolicy;
  readonly prepareSink: PrepareSink;
  readonly findRecording: FindRecording;
  readonly openingMeter: OpeningMeter | undefined;
  readonly log: Pick<Logger, 'warn'>;
}

/** As long as a statement may wait for a lock; far above its usual time, also with a distant database. */
const OPENING_LIMIT_MS = 1_000;
/** The interval of CoDel (RFC 8289), and a fifth of the time after which SIP phones repeat their messages. */
const CARRIER_LIMIT_MS = 100;
/** 128 random bits, in hexadecimal: no character has a meaning in a shell or a URL. */
const ID_BYTES = 16;

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
  const openCall = createOpenCall(deps, reader);
  const endCall = createCallEnder(database);

  async function findOwnCall(access: Access, id: string): Promise<Call> {
    const call = await reader.findOwnCall(access, id);
    if (!call) throw new CallNotFound(id);
    return call;
  }

  return {
    openCall: deps.openingMeter ? metered(openCall, deps.openingMeter) : openCall,

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

function createOpenCall(deps: CallServiceDeps, reader: OwnCallReader): CallService['openCall'] {
  const { database, settings, announce } = deps;
  const open = createCallOpener(database);
  const backlogs = [
    { queue: 'database', backlogMs: open.backlogMs, limitMs: OPENING_LIMIT_MS },
    { queue: 'carrier', backlogMs: deps.carrierBacklogMs, limitMs: CARRIER_LIMIT_MS },
  ];
  const requireCapacity = createAdmission(backlogs, deps.log);

  /** A user without any number gets another message than a user who named a wrong number. */
  async function explain(error: unknown, access: Access): Promise<never> {
    if (!(error instanceof CallerNotOwn)) throw error;
    const numbers = await reader.findOwnNumbers(access);
    throw new CallerNotOwn(numbers.length === 0);
  }

  return async (access, request) => {
    requireCapacity();
    const { caller, callee, refusal } = await readNumbers(deps, reader, access, request);
    const carrier = deps.chooseCarrier(callee);
    const id = randomBytes(ID_BYTES).toString('hex');
    const checked = checkOptions(deps, carrier, id, request);
    const call: NewCall = {
      id,
      caller,
      callee,
      state: carrier.firstState,
      carrier: carrier.name,
      costs: carrier.costs,
      nodeId: carrier.nodeId,
      clientReference: request.clientReference,
      metadata: request.metadata,
      ...checked.options,
    };
    const terms: OpenTerms = {
      lease: settings.sessionLease,
      refusal: refusal ?? checked.refusal,
      once: request.once,
      idempotency: request.idempotency,
      callsPerMinute: carrier.costs ? settings.callsPerMinute : undefined,
      talkTimePerDay: carrier.costs ? settings.talkTimePerDay : undefined,
    };
    const opened = await open({ ...access, call, terms }).catch((error) => explain(error, access));
    if (!opened.replayed) {
      const { id: callId, state, carrier: name, nodeId = null } = call;
      const { userId, hasReceivers } = opened;
      carrier.start(opened);
      announce([{ callId, userId, state, carrier: name, nodeId, hasReceivers }]);
    }
    return opened;
  };
}

function metered(openCall: CallService['openCall'], meter: OpeningMeter): CallService['openCall'] {
  return async (access, request) => {
    try {
      const opened = await openCall(access, request);
      if (!opened.replayed) meter.opened(opened.call.carrier);
      return opened;
    } catch (error) {
      meter.refused(error);
      throw error;
    }
  };
}

interface RequestedNumbers {
  /** E.164; undefined if the request names none: the database then takes the user's default number. */
  readonly caller: string | undefined;
  /** E.164 */
  readonly callee: string;
  /** Why the dialling policy refuses one of the numbers; undefined if it allows both. */
  readonly refusal: DomainError | undefined;
}

/**
 * Reads the numbers of a request and applies the dialling policy to them. The policy comes first, because an emergency number
 * cannot be read. If the request names no caller, the policy applies to the user's default number.
 * @throws InvalidPhoneNumber, SameCallerAndCallee
 */
async function readNumbers(
  { policy, settings }: CallServiceDeps,
  reader: OwnCallReader,
  access: Access,
  request: CallRequest,
): Promise<RequestedNumbers> {
  const callerText = request.caller ?? (await reader.findOwnNumbers(access))[0];
  const calleeRefusal = await policy.judge(request.callee);
  const callerRefusal = callerText === undefined ? undefined : await policy.judge(callerText);
  const callee =
    calleeRefusal?.number ??
    readPhoneNumber(request.callee, settings.defaultCountry, nameIn(request, 'callee'));
  const caller =
    callerRefusal?.number ??
    (callerText && readPhoneNumber(callerText, settings.defaultCountry, nameIn(request, 'caller')));
  if (caller === callee) throw new SameCallerAndCallee();
  return {
    caller: request.caller === undefined ? undefined : caller,
    callee,
    refusal:
      (callerRefusal && new CallerNotAllowed(callerRefusal)) ??
      (calleeRefusal && new CalleeNotAllowed(calleeRefusal)),
  };
}
