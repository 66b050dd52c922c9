import * as call from '../../../core/calls/call-errors.ts';
import * as client from '../../../core/clients/client-errors.ts';
import { DeliveryNotFound } from '../../../core/events/deliveries/delivery-errors.ts';
import { StreamLimitReached } from '../../../core/events/stream-errors.ts';
import * as webhook from '../../../core/events/webhooks/webhook-errors.ts';
import * as authorization from '../../../core/grants/authorization-errors.ts';
import * as people from '../../../core/people/people-errors.ts';
import { InvalidPhoneNumber } from '../../../core/phone-numbers/phone-number.ts';
import * as token from '../../../core/tokens/access-token.ts';
import { DatabaseUnavailable } from '../../database/database-errors.ts';
import { InvalidInput } from '../../domain-error.ts';
import type { ErrorClass } from '../errors/error-statuses.ts';
import { NotAcceptable } from '../representation.ts';
import { CrossSiteForm } from '../same-origin.ts';

/** What is unreadable of a body, by the status that says so. */
export const unreadableBodies: Readonly<Record<number, string>> = {
  413: 'a body of more than 64 KiB',
  415: 'a body of a type that nobody reads',
};

/** When an error comes; a test holds these words against those of docs/errors.md. */
export const descriptions: readonly (readonly [ErrorClass, string])[] = [
  [InvalidInput, 'a parameter is missing or has the wrong form; `field` names it'],
  [NotAcceptable, 'none of the representations is accepted'],
  [CrossSiteForm, 'a form of another web site'],

  [token.TokenMissing, 'no access token came along'],
  [
    token.TokenInvalid,
    "the access token is unknown, expired, revoked, its user's disabled, in a query where it may not be, or without its proof",
  ],
  [token.ScopeMissing, 'the token lacks the scope; `scope` says which'],
  [token.TokenWithoutUser, 'the token stands for an application alone'],
  [token.TokenOfUser, 'the token stands for a user, where the client itself must ask'],
  [token.AdministratorRequired, "the token's user is no administrator"],

  [authorization.ClientUnknown, 'the classic flows know no such client'],
  [authorization.RedirectUriMismatch, 'the redirect URI is not a registered one, to the letter'],
  [people.CredentialsRefused, 'the user name or the password is wrong'],
  [people.TooManySignIns, 'too many wrong passwords; `Retry-After` says when to try again'],

  [InvalidPhoneNumber, 'a number that is not in E.164 form'],
  [call.OutOfRange, 'seconds beyond what the server allows'],
  [call.CredentialNotSupported, 'a `sinkCredential` of another type than ACCESSTOKEN, or expired'],
  [
    call.CallerNotAllowed,
    'the dialling policy refuses the caller; `number`, and `reason`: `emergency`, `premium`, `shared-cost`, `denied` or `not-allowed`',
  ],
  [call.CalleeNotAllowed, 'the same of the callee'],
  [call.CallerNotOwn, 'the caller is not a number that the user may call from'],
  [call.SameCallerAndCallee, 'caller and callee are the same number'],
  [call.IdempotencyKeyReused, 'the key came before, with another request'],
  [call.RecordingNotSupported, 'the carrier of the call cannot record it'],
  [call.RecordingNotFound, 'no recording was asked for, the call goes on, or there was nothing to record'],
  [
    call.RecordingUnavailable,
    'the carrier that keeps the recording cannot be reached right now; `Retry-After` says when to try again',
  ],
  [call.CallAlreadyOngoing, 'the user has an ongoing call between the same two numbers'],
  [call.CallEnded, 'the call has ended already'],
  [call.CallNotRenewable, 'the call is held by a carrier, and goes on without being renewed'],
  [
    call.CallLimitReached,
    'the user has as many ongoing calls as the limit allows; `limit`, and `ongoing` with the calls that hold the places',
  ],
  [
    call.CallRateReached,
    'calls cost money, and the user has opened as many within a minute as `CALLS_PER_MINUTE` allows; `limit`, and `Retry-After` says when to try again',
  ],
  [
    call.TalkTimeSpent,
    'calls cost money, and the user has talked as long within 24 hours as `TALK_TIME_PER_DAY` allows, or ongoing calls may still; `limit` in seconds, and `Retry-After` says when some may be free again',
  ],
  [
    StreamLimitReached,
    'the application reads as many live streams of this user on this node as it may; `limit`',
  ],
  [call.CallNotFound, "there is no such call, or it is another user's"],
  [authorization.GrantNotFound, 'the user has granted the client nothing, or has withdrawn it'],
  [people.UserNotFound, 'there is no user of this name'],
  [people.UserExists, 'there is a user of this name'],
  [people.DisablingOneself, 'administrators can neither disable nor erase themselves'],
  [client.ClientNotFound, 'there is no client with this id'],
  [client.ClientHasNoSecret, "a public client's secret cannot be rotated"],
  [client.ClientMetadataInvalid, 'the registration is refused'],

  [webhook.WebhookNotFound, "there is no such webhook, or it is another client's"],
  [webhook.WebhookLimitReached, 'the client has as many webhooks as a client may have; `limit`'],
  [DeliveryNotFound, "there is no such delivery, or it is another client's"],

  [DatabaseUnavailable, 'the database cannot be used right now; `Retry-After` says when to try again'],
];
