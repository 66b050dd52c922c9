import { type ErrorDeclaration, RETRY_AFTER, retryAfter } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';

/** The carrier of the call cannot record it. */
export class RecordingNotSupported extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'recording_not_supported',
    status: 422,
    camara: { code: 'CLICK_TO_DIAL.RECORDING_NOT_SUPPORTED' },
    description: 'The carrier of the call cannot record it.',
  };

  constructor() {
    super('Recording is not supported for this call.');
  }
}

/** No recording was requested, the call has not ended, or nothing was recorded. */
export class RecordingNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'recording_not_found',
    status: 404,
    camara: { code: 'NOT_FOUND' },
    description: 'No recording was requested for the call, the call has not ended, or nothing was recorded.',
    retry: 'when the call has ended, if it is being recorded',
  };

  constructor() {
    super('There is no recording of this call.');
  }
}

/** In seconds. */
const RECORDING_RETRY_AFTER = 5;

/** The carrier that stores the recording cannot be reached. */
export class RecordingUnavailable extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'recording_unavailable',
    status: 503,
    camara: { code: 'UNAVAILABLE' },
    description: 'The carrier that stores the recording cannot be reached.',
    headers: RETRY_AFTER,
  };

  constructor(cause: unknown) {
    super('The recording is temporarily unavailable. Try again in a moment.', {}, { cause });
  }

  override headers(): Record<string, string> {
    return retryAfter(RECORDING_RETRY_AFTER);
  }
}
