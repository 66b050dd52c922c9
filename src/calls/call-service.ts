import { randomBytes } from 'node:crypto';
import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../database/database.ts';
import type { PresentedToken } from '../oauth/access-tokens/access-token.ts';
import { readPhoneNumber } from '../people/phone-number.ts';
import type { AnnounceChanges, Call, CallState } from './call.ts';
import {
  CallEnded,
  CalleeNotAllowed,
  CallerNotAllowed,
  CallNotFound,
  CallNotRenewable,
  CredentialExpired,
  RecordingNotSupported,
  SameCallerAndCallee,
} from './call-errors.ts';
import { type CallFilter, type CallPage, pageOf, positionOf } from './call-page.ts';
import { boundedSeconds, type CallRequest, type RequestedSink } from './call-request.ts';
import { listOwnCalls } from './call-store.ts';
import type { DiallingPolicy } from './dialling-policy.ts';
import { type NewSink, type OpenedCall, openCall } from './open-call-store.ts';
import * as own from './own-call-store.ts';

/** Who will make a call, and how it begins. */
export interface CarrierChoice {
  readonly name: string;
  readonly firstState: Extract<CallState, 'initiating' | 'connected'>;
  readonly records: boolean;
  /** The node that holds the phones; undefined where nothing is signalled. */
  readonly nodeId: string | undefined;
}

export interface CallSettings {
  /** Where numbers without `+` are read. */
  readonly defaultCountry: CountryCode | undefined;
  /** Seconds; what a call gets, and the most it may ask for. */
  readonly timeLimit: number;
  /** Seconds; what each phone gets, and the most that may be asked for. */
  readonly ringTimeout: number;
  /** Seconds; undefined: calls need no renewal. */
  readonly sessionLease: number | undefined;
}

export interface CallParts {
  readonly database: Database;
  readonly settings: CallSettings;
  readonly announce: AnnounceChanges;
  readonly chooseCarrier: (callee: string) => CarrierChoice;
  readonly policy: DiallingPolicy;
  /** Seals the token for this one call. @throws InvalidInput for an address that cannot be one */
  readonly prepareSink: (sink: RequestedSink, callId: string) => NewSink;
}

/** 128 random bits, in hexadecimal: no character that a shell or a URL could take for something else. */
const ID_BYTES = 16;

/** A request that was good when it was first made stays good when it is repeated. */
function expired(sink: RequestedSink | undefined): CredentialExpired | undefined {
  const { credential } = sink ?? {};
  return credential && credential.expiresAt.getTime() <= Date.now() ? new CredentialExpired() : undefined;
}

export type CallService = ReturnType<typeof createCallService>;

/** Calls as clients open, see and end them by a token; any one of `scopes` is enough. */
export function createCallService(parts: CallParts) {
  const { database, settings, announce, policy } = parts;

  /** A number that the policy refuses may be one that cannot be read: an emergency number. */
  async function readNumbers({ caller, callee }: CallRequest) {
    const calleeRefusal = await policy.judge(callee);
    const callerRefusal = caller === undefined ? undefined : await policy.judge(caller);
    return {
      callee: calleeRefusal?.number ?? readPhoneNumber(callee, settings.defaultCountry),
      caller:
        caller === undefined
          ? undefined
          : (callerRefusal?.number ?? readPhoneNumber(caller, undefined, 'caller')),
      refusal:
        (callerRefusal && new CallerNotAllowed(callerRefusal)) ??
        (calleeRefusal && new CalleeNotAllowed(calleeRefusal)),
    };
  }

  return {
    /**
     * Opens a call for the token's user, or repeats the answer to an earlier request with the same Idempotency-Key.
     * @throws InvalidInput, SameCallerAndCallee, RecordingNotSupported, OutOfRange, and what the store refuses
     */
    async openCall(
      token: PresentedToken,
      scopes: readonly string[],
      request: CallRequest,
    ): Promise<OpenedCall> {
      const { caller, callee, refusal } = await readNumbers(request);
      if (caller === callee) throw new SameCallerAndCallee();
      const carrier = parts.chooseCarrier(callee);
      const recordingEnabled = request.recordingEnabled === true;
      if (recordingEnabled && !carrier.records) throw new RecordingNotSupported();
      const id = randomBytes(ID_BYTES).toString('hex');
      const call = {
        id,
        caller,
        callee,
        state: carrier.firstState,
        carrier: carrier.name,
        nodeId: carrier.nodeId,
        ringTimeout: boundedSeconds('ringTimeout', request.ringTimeout, settings.ringTimeout),
        timeLimit: boundedSeconds('timeLimit', request.timeLimit, settings.timeLimit),
        clientReference: request.clientReference,
        metadata: request.metadata,
        recordingEnabled,
        sink: request.sink && parts.prepareSink(request.sink, id),
      };
      const opened = await openCall(database, token, scopes, call, {
        lease: settings.sessionLease,
        refusal: refusal ?? expired(request.sink),
        once: request.once,
        idempotency: request.idempotency,
      });
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
      const call = await own.findOwnCall(database, token, scopes, id);
      if (!call) throw new CallNotFound(id);
      return call;
    },

    /** All that the token reaches, oldest first. */
    findOwnOngoingCalls: (token: PresentedToken, scopes: readonly string[]) =>
      own.findOwnOngoingCalls(database, token, scopes),

    findOwnLimits: (token: PresentedToken, scopes: readonly string[]) =>
      own.findOwnLimits(database, token, scopes),

    findOwnNumbers: (token: PresentedToken, scopes: readonly string[]) =>
      own.findOwnNumbers(database, token, scopes),

    /** Newest first, of those that the token reaches. @throws InvalidInput for a page token that is not one of ours */
    async listOwnCalls(
      token: PresentedToken,
      scopes: readonly string[],
      filter: CallFilter,
      pageSize: number,
      pageToken?: string,
    ): Promise<CallPage> {
      const from = { ...filter, ...positionOf(pageToken) };
      return pageOf(await listOwnCalls(database, token, scopes, from, pageSize + 1), pageSize);
    },

    /** @throws CallNotFound, CallEnded, CallNotRenewable */
    async renewOwnCall(token: PresentedToken, scopes: readonly string[], id: string): Promise<Call> {
      const lease = settings.sessionLease ?? settings.timeLimit;
      const found = await own.renewOwnCall(database, token, scopes, id, lease);
      if (!found) throw new CallNotFound(id);
      if (found.call.endedAt !== null) throw new CallEnded(id);
      if (!found.renewed) throw new CallNotRenewable();
      return found.call;
    },
  };
}
