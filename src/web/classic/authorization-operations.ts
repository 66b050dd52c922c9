import { Type } from 'typebox';
import { CredentialsRefused, TooManySignIns } from '../../core/people/people-errors.ts';
import { databaseErrors } from '../../platform/database/database-errors.ts';
import { CrossSiteForm, NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { FORM_OR_JSON, TAGS } from '../../platform/http/openapi/operation.ts';
import { redirect } from '../../platform/http/openapi/response.ts';
import { ClientUnknown, RedirectUriMismatch } from './authorization-errors.ts';
import { authorizationParameters } from './authorization-request.ts';

const tags = [TAGS.classicAuthorization];
const querystring = Type.Object(authorizationParameters);
const asked = [ClientUnknown, RedirectUriMismatch, ...databaseErrors];

/** What a browser gets as a form, a program gets as the parameters that the form carries along. */
const Carried = Type.Object(authorizationParameters, {
  description: 'The same parameters, to be sent with the answer; a browser gets a form.',
});
const BACK =
  'To `redirect_uri?code=…`, or `redirect_uri#access_token=…&token_type=Bearer&expires_in=3600`; with `error=access_denied` when refused.';

export const begin = {
  operationId: 'beginClassicAuthorization',
  summary: 'Ask a person for permission',
  description:
    'Where an application sends the person: with response type `code` for the application flow, with `token` for the client-side flow.',
  tags,
  querystring,
  response: { 302: redirect('To `/auth/login` with the same parameters.') },
  errors: asked,
};

export const askToSignIn = {
  operationId: 'askToSignIn',
  summary: 'Ask the person to sign in',
  description: 'A form for browsers; what it carries along for programs.',
  tags,
  querystring,
  response: { 200: Carried, 303: redirect('To `/auth/grant`: the person is signed in already.') },
  errors: [...asked, NotAcceptable],
};

export const signIn = {
  operationId: 'signIn',
  summary: 'Sign in',
  description: 'Begins the session, which a cookie holds.',
  tags,
  consumes: FORM_OR_JSON,
  body: Type.Object({
    ...authorizationParameters,
    username: Type.String({ minLength: 1, maxLength: 100 }),
    password: Type.String({ minLength: 1, maxLength: 1024, format: 'password' }),
  }),
  response: { 303: redirect('To `/auth/grant` with the same parameters.') },
  errors: [...asked, CredentialsRefused, CrossSiteForm, TooManySignIns],
};

export const askToGrant = {
  operationId: 'askToGrant',
  summary: 'Ask the person to allow the application',
  description: 'A form for browsers; what it carries along for programs.',
  tags,
  querystring,
  response: {
    200: Carried,
    302: redirect('To `/auth/login`: nobody is signed in.'),
    303: redirect(`The person allowed it before. ${BACK}`),
  },
  errors: [...asked, NotAcceptable],
};

export const grant = {
  operationId: 'grant',
  summary: 'Allow the application, or refuse',
  description: 'Issues the code or the token; to `/auth/login` when nobody is signed in.',
  tags,
  consumes: FORM_OR_JSON,
  body: Type.Object({
    ...authorizationParameters,
    grant: Type.Optional(Type.String({ description: '`true` to allow; anything else refuses.' })),
    choice: Type.Optional(
      Type.String({
        description: '`scopes` when `allowed_scope` says what is allowed; else all is that was asked.',
      }),
    ),
    allowed_scope: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 100 })], {
        description: 'What the person left ticked, each by itself.',
      }),
    ),
  }),
  response: { 303: redirect(BACK) },
  errors: [...asked, CrossSiteForm],
};

const SignedOut = {
  200: Type.Object({ message: Type.String() }, { description: 'The session has ended.' }),
};

export const followSignOut = {
  operationId: 'followSignOut',
  summary: 'Sign out by a link',
  description: 'Ends the session, if there is one.',
  tags,
  response: SignedOut,
  errors: [NotAcceptable, ...databaseErrors],
};

export const signOut = {
  operationId: 'signOut',
  summary: 'Sign out',
  description: 'Ends the session, if there is one.',
  tags,
  response: SignedOut,
  errors: [NotAcceptable, CrossSiteForm, ...databaseErrors],
};
