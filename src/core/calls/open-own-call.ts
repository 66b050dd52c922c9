import { randomBytes } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { DomainError } from '../../platform/domain-error.ts';
import type { Logger } from '../../platform/logger.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../phone-numbers/dialling-errors.ts';
import type { DiallingPolicy } from '../phone-numbers/dialling-policy.ts';
import { readPhoneNumber } from '../phone-numbers/phone-number.ts';
import type { Access } from '../tokens/access.ts';
import { createAdmission } from './admission.ts';
import type { AnnounceChanges } from './call.ts';
import { CallerNotOwn, SameCallerAndCallee } from './call-errors.ts';
import type { OpeningMeter } from './call-metrics.ts';
import { createCallOpener } from './call-opener.ts';
import { type CallSettings, type CarrierChoice, checkOptions, type PrepareSink } from './call-options.ts';
import { type CallRequest, nameIn } from './call-request.ts';
import type { NewCall, OpenedCall, OpenTerms } from './new-call.ts';
import type { OwnCallReader } from './own-call-reader.ts';

export interface OpenOwnCallDeps {
  readonly database: Database;
  readonly settings: CallSettings;
  readonly announce: AnnounceChanges;
  readonly chooseCarrier: (callee: string) => CarrierChoice;
  /** For how many milliseconds a carrier has been behind with its work. */
  readonly carrierBacklogMs: () => number;
  readonly policy: DiallingPolicy;
  readonly prepareSink: PrepareSink;
  readonly openingMeter: OpeningMeter | undefined;
  readonly log: Pick<Logger, 'warn'>;
}

type OpenOwnCall = (access: Access, request: CallRequest) => Promise<OpenedCall>;

/** As long as a statement may wait for a lock; far above its usual time, also with a distant database. */
const OPENING_LIMIT_MS = 1_000;
/** The interval of CoDel (RFC 8289), and a fifth of the time after which SIP phones repeat their messages. */
const CARRIER_LIMIT_MS = 100;
/** 128 random bits, in hexadecimal: no character has a meaning in a shell or a URL. */
const ID_BYTES = 16;

/** @returns CallService.openCall */
export function createOpenOwnCall(deps: OpenOwnCallDeps, reader: OwnCallReader): OpenOwnCall {
  const openCall = createOpenCall(deps, reader);
  return deps.openingMeter ? metered(openCall, deps.openingMeter) : openCall;
}

function createOpenCall(deps: OpenOwnCallDeps, reader: OwnCallReader): OpenOwnCall {
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

function metered(openCall: OpenOwnCall, meter: OpeningMeter): OpenOwnCall {
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
  { policy, settings }: OpenOwnCallDeps,
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
