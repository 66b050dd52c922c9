import type { CountryCode } from 'libphonenumber-js/max';
import { DomainError } from '../../platform/domain-error.ts';
import type { Call, CallState } from './call.ts';
import { CredentialExpired } from './call-errors.ts';
import { boundedSeconds, type CallRequest, type RequestedSink } from './call-request.ts';
import type { NewSink, OpenedCall } from './new-call.ts';
import type { Recording } from './recording.ts';
import { RecordingNotSupported } from './recording-errors.ts';

/** The carrier of a new call, and the state in which the call begins. */
export interface CarrierChoice {
  readonly name: string;
  readonly firstState: Extract<CallState, 'initiating' | 'connected'>;
  readonly records: boolean;
  /** Whether its calls cost money: then the limits against toll fraud apply. */
  readonly costs: boolean;
  /** The node that signals the call; undefined for the carrier `session`. */
  readonly nodeId: string | undefined;
  /** Makes the phones ring, after the call is committed. Never throws. A call that is not started is found within two seconds. */
  start(opened: OpenedCall): void;
}

export interface CallSettings {
  /** Default country for numbers without `+`. */
  readonly defaultCountry: CountryCode | undefined;
  /** Seconds; the default and the maximum of a call's time limit. */
  readonly callTimeLimit: number;
  /** Seconds; the default and the maximum of a call's ring timeout. */
  readonly ringTimeout: number;
  /** Seconds; undefined: calls need no renewal. */
  readonly sessionLease: number | undefined;
  /** Calls per user and minute that cost money; undefined: no limit. */
  readonly callsPerMinute: number | undefined;
  /** Seconds per user in 24 hours, in calls that cost money; undefined: no limit. */
  readonly talkTimePerDay: number | undefined;
}

/** Undefined if nothing was recorded. @throws RecordingUnavailable */
export type FindRecording = (call: Call) => Promise<Recording | undefined>;

/** Checks the URL of a sink and seals its token for one call. @throws InvalidInput */
export type PrepareSink = (sink: RequestedSink, callId: string) => NewSink;

/** The options of a request, with the server's defaults. */
export interface CallOptions {
  /** Seconds. */
  readonly ringTimeout: number;
  /** Seconds. */
  readonly timeLimit: number;
  readonly recordingEnabled: boolean;
  readonly sink: NewSink | undefined;
}

export interface CheckedOptions {
  readonly options: CallOptions;
  /** Why the server refuses the requested options; undefined if it accepts them. */
  readonly refusal: DomainError | undefined;
}

/**
 * Checks the options of a request against the server's settings. Returns a refusal instead of throwing it: a repeated
 * request gets the earlier response, even if the settings, the carrier or the time would now refuse it.
 */
export function checkOptions(
  { settings, prepareSink }: { readonly settings: CallSettings; readonly prepareSink: PrepareSink },
  carrier: CarrierChoice,
  callId: string,
  request: CallRequest,
): CheckedOptions {
  const { callTimeLimit: timeLimit, ringTimeout } = settings;
  try {
    if (request.recordingEnabled === true && !carrier.records) throw new RecordingNotSupported();
    const { credential } = request.sink ?? {};
    if (credential && credential.expiresAt.getTime() <= Date.now()) throw new CredentialExpired();
    return {
      options: {
        ringTimeout: boundedSeconds('ringTimeout', request.ringTimeout, ringTimeout),
        timeLimit: boundedSeconds('timeLimit', request.timeLimit, timeLimit),
        recordingEnabled: request.recordingEnabled === true,
        sink: request.sink && prepareSink(request.sink, callId),
      },
      refusal: undefined,
    };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { options: { ringTimeout, timeLimit, recordingEnabled: false, sink: undefined }, refusal: error };
  }
}
