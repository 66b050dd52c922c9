import * as call from '../../../core/calls/call-errors.ts';
import * as client from '../../../core/clients/client-errors.ts';
import { DeliveryNotFound } from '../../../core/events/deliveries/delivery-errors.ts';
import { StreamLimitReached } from '../../../core/events/stream-errors.ts';
import * as webhook from '../../../core/events/webhooks/webhook-errors.ts';
import * as authorization from '../../../core/grants/authorization-errors.ts';
import * as people from '../../../core/people/people-errors.ts';
import { InvalidPhoneNumber } from '../../../core/phone-numbers/phone-number.ts';
import * as secondFactor from '../../../core/second-factors/second-factor-errors.ts';
import * as token from '../../../core/tokens/access-token.ts';
import * as consoleEntry from '../../../web/entry/console-errors.ts';
import type { ErrorStyle } from '../../../web/entry/request-context.ts';
import { DatabaseUnavailable } from '../../database/database-errors.ts';
import { type DomainError, InvalidInput } from '../../domain-error.ts';
import { NotAcceptable } from '../representation.ts';
import { CrossSiteForm } from '../same-origin.ts';
import { MethodNotAllowed, NotFound, RequestUnreadable } from './request-errors.ts';

export type ErrorClass = abstract new (...args: never[]) => DomainError;
/** The same for all faces, or each face's own; `admin` stands for all that have none. */
type Statuses = number | ({ readonly admin: number } & Partial<Readonly<Record<ErrorStyle, number>>>);

/** Every error's status, and CAMARA's code where it is not its status' own. The first row that fits counts. */
export const statuses: readonly (readonly [ErrorClass, Statuses, string?])[] = [
  [InvalidPhoneNumber, { admin: 400, camara: 422 }, 'INVALID_PHONE_NUMBER'],
  [call.OutOfRange, 400, 'OUT_OF_RANGE'],
  [call.CredentialNotSupported, 400, 'INVALID_CREDENTIAL'],
  [InvalidInput, 400],
  [NotAcceptable, 406],
  [NotFound, 404],
  [MethodNotAllowed, 405],
  [CrossSiteForm, 403],
  [consoleEntry.ConsoleSignInRequired, 303],
  [consoleEntry.ConsoleSessionOver, 401],
  [consoleEntry.ConfirmationRequired, 303],

  [token.TokenMissing, 401],
  [token.TokenInvalid, 401],
  [token.ScopeMissing, 403],
  [token.TokenWithoutUser, 403],
  [token.TokenOfUser, 403],
  [token.AdministratorRequired, 403],

  [authorization.ClientUnknown, 403],
  [authorization.RedirectUriMismatch, 403],
  [authorization.GrantRefused, 303],
  [authorization.InteractionLost, 400],
  [authorization.GrantNotFound, 404],
  [people.CredentialsRefused, 403],
  [people.PasswordRefused, 403],
  [people.TooManySignIns, 429],
  [secondFactor.SecondFactorRefused, 403],
  [secondFactor.TooManySecondFactors, 429],
  [secondFactor.SecondFactorLimitReached, 409],

  [call.IdempotencyKeyReused, 422, 'IDEMPOTENCY_KEY_REUSED'],
  [call.CallerNotOwn, 403, 'INVALID_TOKEN_CONTEXT'],
  [call.CallerNotAllowed, { admin: 403, camara: 422 }, 'CALLER_NOT_AVAILABLE'],
  [call.CalleeNotAllowed, { admin: 403, camara: 422 }, 'CALLEE_NOT_AVAILABLE'],
  [call.SameCallerAndCallee, { admin: 400, camara: 422 }, 'SAME_CALLER_CALLEE'],
  [call.RecordingNotSupported, 422, 'RECORDING_NOT_SUPPORTED'],
  [call.CallAlreadyOngoing, 409],
  [call.CallLimitReached, { admin: 409, camara: 429 }],
  [call.CallRateReached, { admin: 409, camara: 429 }, 'TOO_MANY_REQUESTS'],
  [call.TalkTimeSpent, { admin: 409, camara: 429 }],
  [call.CallNotFound, { admin: 404, classic: 409 }],
  [call.CallEnded, 409],
  [call.CallNotRenewable, 422, 'SERVICE_NOT_APPLICABLE'],
  [call.RecordingNotFound, 404],
  [call.RecordingUnavailable, 503],
  [StreamLimitReached, 429],
  [people.UserNotFound, 404],
  [people.UserExists, 409],
  [people.DisablingOneself, 409],
  [client.ClientNotFound, 404],
  [client.ClientHasNoSecret, 409],
  [client.ClientMetadataInvalid, 400],
  [webhook.WebhookNotFound, 404],
  [webhook.WebhookLimitReached, { admin: 409, camara: 429 }],
  [DeliveryNotFound, 404],

  [DatabaseUnavailable, 503],
];

export function statusOf(error: DomainError, style: ErrorStyle): number {
  return error instanceof RequestUnreadable
    ? error.status
    : statusOfClass(error.constructor as ErrorClass, style);
}

export function statusOfClass(type: ErrorClass, style: ErrorStyle): number {
  const [, status = 500] = rowOf(type) ?? [];
  return typeof status === 'number' ? status : (status[style] ?? status.admin);
}

/** CAMARA's codes for statuses, as its common definitions have them; a row of the table may say something else. */
const CAMARA_CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  409: 'ALREADY_EXISTS',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'QUOTA_EXCEEDED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

export function camaraCodeOf(type: ErrorClass, status: number): string {
  const [, , own] = type === RequestUnreadable ? [] : (rowOf(type) ?? []);
  return own ?? CAMARA_CODES[status] ?? 'INVALID_ARGUMENT';
}

function rowOf(type: ErrorClass) {
  return statuses.find(([row]) => type === row || type.prototype instanceof row);
}
