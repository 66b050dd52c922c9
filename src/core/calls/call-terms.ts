import type { CountryCode } from 'libphonenumber-js/max';
import { DomainError } from '../../platform/domain-error.ts';
import type { CallState } from './call.ts';
import { CredentialExpired } from './call-errors.ts';
import { boundedSeconds, type CallRequest, type RequestedSink } from './call-request.ts';
import type { NewSink } from './new-call.ts';
import { RecordingNotSupported } from './recording-errors.ts';

/** Who will make a call, and how it begins. */
export interface CarrierChoice {
  readonly name: string;
  readonly firstState: Extract<CallState, 'initiating' | 'connected'>;
  readonly records: boolean;
  /** Whether somebody pays for the call: then the bounds against toll fraud hold. */
  readonly costs: boolean;
  /** The node that holds the phones; undefined where nothing is signalled. */
  readonly nodeId: string | undefined;
}

export interface CallSettings {
  /** Where numbers without `+` are read. */
  readonly defaultCountry: CountryCode | undefined;
  /** Seconds; what a call gets, and the most it may ask for. */
  readonly callTimeLimit: number;
  /** Seconds; what each phone gets, and the most that may be asked for. */
  readonly ringTimeout: number;
  /** Seconds; undefined: calls need no renewal. */
  readonly sessionLease: number | undefined;
  /** How many calls that cost a user may open within a minute; undefined: as many as the limit lets through. */
  readonly callsPerMinute: number | undefined;
  /** Seconds that a user may talk within 24 hours in calls that cost; undefined: as many as the limits let through. */
  readonly talkTimePerDay: number | undefined;
}

/** @throws InvalidInput for an address that cannot be one */
export type PrepareSink = (sink: RequestedSink, callId: string) => NewSink;

/** What a call gets of what was asked for. */
export interface CallTerms {
  readonly ringTimeout: number;
  readonly timeLimit: number;
  readonly recordingEnabled: boolean;
  readonly sink: NewSink | undefined;
}

export interface Settled {
  readonly terms: CallTerms;
  /** Why the server does not agree to what was asked for, if so. */
  readonly refusal: DomainError | undefined;
}

/**
 * Agrees to a request under the server's settings. A refusal is returned, not thrown: a request that was good when it
 * was first made stays good when it is repeated, whatever the settings, the carrier or the time are then.
 */
export function settle(
  { settings, prepareSink }: { readonly settings: CallSettings; readonly prepareSink: PrepareSink },
  carrier: CarrierChoice,
  callId: string,
  request: CallRequest,
): Settled {
  const { callTimeLimit: timeLimit, ringTimeout } = settings;
  try {
    if (request.recordingEnabled === true && !carrier.records) throw new RecordingNotSupported();
    const { credential } = request.sink ?? {};
    if (credential && credential.expiresAt.getTime() <= Date.now()) throw new CredentialExpired();
    return {
      terms: {
        ringTimeout: boundedSeconds('ringTimeout', request.ringTimeout, ringTimeout),
        timeLimit: boundedSeconds('timeLimit', request.timeLimit, timeLimit),
        recordingEnabled: request.recordingEnabled === true,
        sink: request.sink && prepareSink(request.sink, callId),
      },
      refusal: undefined,
    };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { terms: { ringTimeout, timeLimit, recordingEnabled: false, sink: undefined }, refusal: error };
  }
}
