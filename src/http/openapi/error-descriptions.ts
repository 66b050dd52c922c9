import * as call from '../../calls/call-errors.ts';
import * as client from '../../clients/client-errors.ts';
import { DatabaseUnavailable } from '../../database/database-errors.ts';
import { InvalidInput } from '../../domain-error.ts';
import * as token from '../../oauth/access-tokens/access-token.ts';
import * as authorization from '../../oauth/consent/authorization-errors.ts';
import * as people from '../../people/people-errors.ts';
import { NotAcceptable } from '../representation.ts';
import { RequestUnreadable } from '../request-errors.ts';
import { CrossSiteForm } from '../same-origin.ts';
import type { ErrorClass } from './operation.ts';

/** When an error comes; a test holds these words against those of docs/errors.md. */
export const descriptions: readonly (readonly [ErrorClass, string])[] = [
  [RequestUnreadable, '413 for a body of more than 64 KiB, 415 for one of a type that nobody reads'],
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
  [token.AdministratorRequired, "the token's user is no administrator"],

  [authorization.ClientUnknown, 'the classic flows know no such client'],
  [authorization.RedirectUriMismatch, 'the redirect URI is not a registered one, to the letter'],
  [people.CredentialsRefused, 'the user name or the password is wrong'],
  [people.TooManySignIns, 'too many wrong passwords; `Retry-After` says when to try again'],

  [
    call.CallLimitReached,
    'the user has as many ongoing calls as the limit allows; `limit`, and `ongoing` with the calls that hold the places',
  ],
  [call.CallNotFound, "there is no such call, or it is another user's"],
  [people.UserNotFound, 'there is no user of this name'],
  [client.ClientNotFound, 'there is no client with this id'],
  [client.ClientHasNoSecret, "a public client's secret cannot be rotated"],
  [client.ClientMetadataInvalid, 'the registration is refused'],

  [DatabaseUnavailable, 'the database cannot be used right now; `Retry-After` says when to try again'],
];
