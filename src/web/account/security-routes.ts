import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { OWN_PASSWORD_LENGTHS, type OwnAccountService } from '../../core/people/own-account-service.ts';
import { SignInRefused } from '../../core/people/people-errors.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { actionButton, textField } from '../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../platform/http/pages/notices.ts';
import { sendPage } from '../../platform/http/pages/page.ts';
import { actorOf } from '../entry/actor.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { APPLICATIONS, accountPage, SECURITY, signedInUserOf } from './account-page.ts';

const config = { entry: 'user' } as const;
const Query = Type.Object({ done: Type.Optional(Type.String()) });
const Passwords = Type.Object({
  current_password: Type.String({ minLength: 1, maxLength: 1024 }),
  new_password: Type.String(),
});

const DONE = { password: 'Your password is changed.' };

interface SecurityDeps {
  readonly accounts: OwnAccountService;
  readonly session: BrowserSession;
  readonly signIn: BrowserSignIn;
}

/** The person's own password and sessions. */
export const accountSecurityRoutes: FastifyPluginAsyncTypebox<SecurityDeps> = async (
  app,
  { accounts, session, signIn },
) => {
  const errorPage: ErrorPage = async (error, request) => {
    const isAboutForm = error instanceof SignInRefused || error instanceof InvalidInput;
    if (!request.signedInUser || !isAboutForm) return undefined;
    const body = bodyOf(request.signedInUser.name, error.message);
    return accountPage(request, { title: 'Security', current: SECURITY, body });
  };

  app.get(SECURITY, { config, schema: { hide: true, querystring: Query } }, async (request, reply) => {
    const body = doneNotice(DONE, request.query.done) + bodyOf(signedInUserOf(request).name);
    return sendPage(reply, accountPage(request, { title: 'Security', current: SECURITY, body }));
  });

  app.post(
    `${SECURITY}/password`,
    { config: { ...config, errorPage }, schema: { hide: true, body: Passwords } },
    async (request, reply) => {
      const { current_password: current, new_password: next } = request.body;
      const proof = await signIn.confirm(request, reply, signedInUserOf(request).name, current);
      const renewed = await accounts.changePassword(proof, next, actorOf(request));
      await session.begin(request, reply, renewed);
      return reply.redirect(`${SECURITY}?done=password`, 303);
    },
  );

  app.post(`${SECURITY}/sign-out-everywhere`, { config, schema: { hide: true } }, async (request, reply) => {
    await accounts.signOutEverywhere(signedInUserOf(request).userId, actorOf(request));
    await session.end(request, reply);
    return reply.redirect('/signed-out', 303);
  });
};

function bodyOf(userName: string, wrong?: string): string {
  const { min, max } = OWN_PASSWORD_LENGTHS;
  return html`
    <h2>Change password</h2>
    !${problemNotice(wrong)}
    <form method="post" action="${SECURITY}/password" class="card">
      <p>All other sessions that used the old password are signed out, and you have to connect applications again. This browser
        stays signed in.</p>
      <input type="hidden" name="username" value="${userName}" autocomplete="username">
      !${textField({ name: 'current_password', label: 'Current password', type: 'password', autocomplete: 'current-password', required: true })}
      !${textField({
        name: 'new_password',
        label: 'New password',
        type: 'password',
        autocomplete: 'new-password',
        required: true,
        hint: `At least ${min} characters. A few words are easier to remember than symbols.`,
        minLength: min,
        maxLength: max,
      })}
      <button type="submit">Change password</button>
    </form>
    <h2>Sign out everywhere</h2>
    <div class="card">
      <p>Signs you out in all browsers, including this one. Applications keep their access; you can remove it under
        <a href="${APPLICATIONS}">Applications</a>.</p>
      !${actionButton({ action: `${SECURITY}/sign-out-everywhere`, text: 'Sign out everywhere', tone: 'danger' })}
    </div>`;
}
