import { Type } from 'typebox';
import {
  CallAlreadyOngoing,
  CallEnded,
  CallerNotOwn,
  CallNotFound,
  CredentialNotSupported,
  IdempotencyKeyReused,
  OutOfRange,
  SameCallerAndCallee,
} from '../../core/calls/call-errors.ts';
import { CallLimitReached, CallRateReached, TalkTimeSpent } from '../../core/calls/limit-errors.ts';
import { RATE_LIMIT } from '../../core/calls/rate-limit.ts';
import {
  RecordingNotFound,
  RecordingNotSupported,
  RecordingUnavailable,
} from '../../core/calls/recording-errors.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../../core/phone-numbers/dialling-errors.ts';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { headerSchemas } from '../../platform/http/openapi/headers.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { CallResource } from './call-resource.ts';
import { CallId, CreateCallRequest, extension, RecordingResource } from './call-schemas.ts';
import { callStatusChanged } from './event-schemas.ts';

export const tags = [TAGS.calls];
export const headers = Type.Object(CorrelatorHeader);
export const params = Type.Object({ callId: CallId });

export const createCall = {
  operationId: 'createCall',
  summary: 'Open a call',
  description:
    'Rings the caller, one of the user’s own numbers, and once it is answered the callee. Refused when the user has as many ongoing calls as their limit allows, or one between the same two numbers. A repeated request with the same `Idempotency-Key` opens no second call, but gets the first one’s answer, for 24 hours.',
  tags,
  headers: Type.Object({
    ...CorrelatorHeader,
    'idempotency-key': Type.Optional(
      Type.String({ ...extension, description: 'Repeats of a request with it open one call.' }),
    ),
  }),
  body: CreateCallRequest,
  callbacks: { callStatusChanged },
  response: {
    201: answer(CallResource, 'The call is open.', {
      ...CorrelatorHeader,
      Location: Type.String({ format: 'uri', description: 'The address of the call.' }),
      'Idempotent-Replayed': Type.String({
        enum: ['true'],
        description: 'The answer to an earlier request.',
      }),
      ...headerSchemas(RATE_LIMIT),
    }),
  },
  errors: [
    InvalidPhoneNumber,
    OutOfRange,
    CredentialNotSupported,
    CallerNotOwn,
    CallerNotAllowed,
    CalleeNotAllowed,
    SameCallerAndCallee,
    RecordingNotSupported,
    IdempotencyKeyReused,
    CallAlreadyOngoing,
    CallLimitReached,
    CallRateReached,
    TalkTimeSpent,
  ],
};

export const getCall = {
  operationId: 'getCall',
  summary: 'Show a call',
  description: 'A call that the client opened; with scope `call` any of the user’s.',
  tags,
  headers,
  params,
  response: { 200: answer(CallResource, 'The call.', CorrelatorHeader) },
  errors: [CallNotFound],
};

export const terminateCall = {
  operationId: 'terminateCall',
  summary: 'End a call',
  description: 'A call that the client opened; with scope `call` any of the user’s.',
  tags,
  headers,
  params,
  response: { 204: empty('The call has ended.', CorrelatorHeader) },
  errors: [CallNotFound, CallEnded],
};

export const getRecording = {
  operationId: 'getRecording',
  summary: 'Get the recording of a call',
  description: 'There is one once a call has ended that was connected and opened with `recordingEnabled`.',
  tags: [TAGS.recording],
  headers,
  params,
  response: { 200: answer(RecordingResource, 'The recording.', CorrelatorHeader) },
  errors: [CallNotFound, RecordingNotFound, RecordingUnavailable],
};
