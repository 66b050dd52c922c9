import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import type { OwnAccountService } from '../../core/people/own-account-service.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { actionButton, textField } from '../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../platform/http/pages/notices.ts';
import { sendPage } from '../../platform/http/pages/page.ts';
import { actorOf } from '../entry/actor.ts';
import { isFormError } from '../form-errors.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { NewPasswordFields, newPasswordFields } from '../oauth/sign-in/new-password-fields.ts';
import { SIGNED_OUT } from '../oauth/sign-in/signed-out-page.ts';
import { ACCOUNT_APPLICATIONS, ACCOUNT_SECURITY, accountPage, signedInUserOf } from './account-page.ts';

const config = { entry: 'user' } as const;
const Query = Type.Object({ done: Type.Optional(Type.String()) });
const Passwords = Type.Object({
  current_password: Type.String({ minLength: 1, maxLength: 1024 }),
  ...NewPasswordFields,
});

const DONE = { password: 'Your password is changed.' };

interface AccountSecurityDeps {
  readonly accounts: OwnAccountService;
  readonly session: BrowserSession;
  readonly signIn: BrowserSignIn;
}

/** The page of the user's password and sessions. */
export const accountSecurityRoutes: FastifyPluginAsyncTypebox<AccountSecurityDeps> = async (
  app,
  { accounts, session, signIn },
) => {
  const errorPage: ErrorPage = async (error, request) => {
    if (!request.signedInUser || !isFormError(error)) return undefined;
    const body = bodyOf(request.signedInUser.name, error.message);
    return accountPage(request, { title: 'Security', current: ACCOUNT_SECURITY, body });
  };

  app.get(
    ACCOUNT_SECURITY,
    { config, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const body = doneNotice(DONE, request.query.done) + bodyOf(signedInUserOf(request).name);
      return sendPage(reply, accountPage(request, { title: 'Security', current: ACCOUNT_SECURITY, body }));
    },
  );

  app.post(
    `${ACCOUNT_SECURITY}/password`,
    { config: { ...config, errorPage }, schema: { hide: true, body: Passwords } },
    async (request, reply) => {
      const { current_password: current, new_password: password, repeat_password: repeated } = request.body;
      const proof = await signIn.confirm(request, reply, signedInUserOf(request).name, current);
      const newProof = await accounts.changePassword(proof, { password, repeated }, actorOf(request));
      await session.begin(request, reply, newProof);
      return reply.redirect(`${ACCOUNT_SECURITY}?done=password`, 303);
    },
  );

  app.post(
    `${ACCOUNT_SECURITY}/sign-out-everywhere`,
    { config, schema: { hide: true } },
    async (request, reply) => {
      await accounts.signOutEverywhere(signedInUserOf(request).userId, actorOf(request));
      await session.end(request, reply);
      return reply.redirect(SIGNED_OUT, 303);
    },
  );
};

function bodyOf(userName: string, wrong?: string): string {
  return html`
    <h2>Change password</h2>
    !${problemNotice(wrong)}
    <form method="post" action="${ACCOUNT_SECURITY}/password" class="card">
      <p>All other sessions that used the old password are signed out, and you have to connect applications again. This browser
        stays signed in.</p>
      !${textField({ name: 'current_password', label: 'Current password', type: 'password', autocomplete: 'current-password', required: true })}
      !${newPasswordFields(userName)}
      <button type="submit">Change password</button>
    </form>
    <h2>Sign out everywhere</h2>
    <div class="card">
      <p>Signs you out in all browsers, including this one. Applications keep their access; you can remove it under
        <a href="${ACCOUNT_APPLICATIONS}">Applications</a>.</p>
      !${actionButton({ action: `${ACCOUNT_SECURITY}/sign-out-everywhere`, text: 'Sign out everywhere', tone: 'danger' })}
    </div>`;
}
