import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { type Static, Type } from 'typebox';
import type { SessionService } from '../../../core/console-sessions/session-service.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { hiddenFields, notice, textField } from '../../../platform/http/pages/elements.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { isFormError, typedFields } from '../../form-errors.ts';
import type { ConsoleCookie } from '../../oauth/sign-in/console-cookie.ts';
import { newPasswordRoutes } from '../../oauth/sign-in/new-password-routes.ts';
import type { NewPasswordStep } from '../../oauth/sign-in/new-password-step.ts';
import { NEW_PASSWORD, SIGN_IN, SIGN_OUT } from '../addresses.ts';
import { typedText } from '../forms.ts';
import { ReturnTo, readReturnTo, stepAddress } from '../return-to.ts';
import type { ConsoleSignIn } from './console-sign-in.ts';
import { sessionOf } from './session-guard.ts';

const Query = Type.Object(ReturnTo);
const Form = Type.Object({ username: typedText(100), password: typedText(1024), ...ReturnTo });
type Form = Static<typeof Form>;

interface ConsoleSignInRoutesDeps {
  readonly newPasswordStep: NewPasswordStep;
  readonly signIn: ConsoleSignIn;
  readonly sessions: SessionService;
  readonly cookie: ConsoleCookie;
  readonly publicUrl: string;
}

/** Signing in to the console, and out of it. */
export const consoleSignInRoutes: FastifyPluginAsyncTypebox<ConsoleSignInRoutesDeps> = async (
  app,
  { newPasswordStep, signIn, sessions, cookie, publicUrl },
) => {
  const pageOf = (request: FastifyRequest, given: Form, wrong?: string): Page => ({
    title: 'Sign in to the console',
    form: 'own',
    body: bodyOf({
      userName: given.username,
      returnTo: readReturnTo(given.return_to, publicUrl),
      fromOtherSite: request.headers['sec-fetch-site'] === 'cross-site',
      wrong,
    }),
  });

  const errorPage: ErrorPage = async (error, request) =>
    isFormError(error) ? pageOf(request, typedFields(request.body), error.message) : undefined;

  app.get(
    SIGN_IN,
    { config: { entry: 'anyone' }, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      if (await signIn.isSignedIn(request, reply))
        return reply.redirect(readReturnTo(request.query.return_to, publicUrl), 303);
      return sendPage(reply, pageOf(request, request.query));
    },
  );

  app.post(
    SIGN_IN,
    { config: { entry: 'anyone', errorPage }, schema: { hide: true, body: Form } },
    async (request, reply) => {
      const { username, password, return_to } = request.body;
      if (!username || !password) throw new InvalidInput('username', 'Enter your user name and password.');
      const returnTo = readReturnTo(return_to, publicUrl);
      await signIn.signIn(request, reply, { username, password }, stepAddress(returnTo, NEW_PASSWORD));
      return reply.redirect(returnTo, 303);
    },
  );

  const returnToOf = ({ query }: FastifyRequest) => readReturnTo(typedFields(query)['return_to'], publicUrl);

  await app.register(newPasswordRoutes, {
    path: NEW_PASSWORD,
    purpose: 'console',
    step: newPasswordStep,
    signInAddress: (request) => stepAddress(returnToOf(request), SIGN_IN),
    prepare: async (request, reply) => async (proof) => {
      await signIn.begin(request, reply, proof);
      return returnToOf(request);
    },
  });

  app.post(
    SIGN_OUT,
    {
      config: { entry: 'console', incompleteSignIns: ['secondFactorOwed', 'setUpOwed'] },
      schema: { hide: true },
    },
    async (request, reply) => {
      await sessions.end(sessionOf(request), request.ip);
      cookie.clear(request, reply);
      return reply.redirect(SIGN_IN, 303);
    },
  );
};

interface ConsoleSignInForm {
  readonly returnTo: string;
  readonly userName: string | undefined;
  readonly wrong: string | undefined;
  /** Whether a link on another site led here. Browsers then withhold the session cookie, so the user may be signed in. */
  readonly fromOtherSite: boolean;
}

function bodyOf({ returnTo, userName, wrong, fromOtherSite }: ConsoleSignInForm): string {
  return html`
    <p>The console is for administrators. Your actions are recorded in the audit log.</p>
    !${wrong === undefined ? '' : notice('problem', wrong)}
    <form method="post" action="${SIGN_IN}" class="card">
      !${hiddenFields({ return_to: returnTo })}
      !${textField({ name: 'username', label: 'User name', value: userName, autocomplete: 'username', required: true, autofocus: !userName })}
      !${textField({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true, autofocus: Boolean(userName) })}
      <button type="submit">Sign in</button>
    </form>
    !${fromOtherSite ? html`<p>Already signed in? <a href="${returnTo}">Continue to the console</a>.</p>` : ''}
    <p class="soft">Looking for your own calls and applications? Go to <a href="/account">My account</a>.</p>`;
}
