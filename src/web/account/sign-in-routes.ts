import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { type Page, sendPage } from '../../platform/http/pages/page.ts';
import { pageContextOf } from '../../platform/http/pages/page-context.ts';
import { isFormError, typedFields } from '../form-errors.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { newPasswordRoutes } from '../oauth/sign-in/new-password-routes.ts';
import type { NewPasswordStep } from '../oauth/sign-in/new-password-step.ts';
import { type SignInForm, signInPage } from '../oauth/sign-in/sign-in-page.ts';
import { SIGNED_OUT, signedOutPage } from '../oauth/sign-in/signed-out-page.ts';
import { ACCOUNT_SIGN_IN, MAX_RETURN_LENGTH } from '../oauth/sign-in/user-guard.ts';
import { ACCOUNT, ACCOUNT_SIGN_OUT } from './account-page.ts';

const NEW_PASSWORD = `${ACCOUNT_SIGN_IN}/new-password`;
const config = { entry: 'anyone' } as const;

const returnTo = Type.Optional(Type.String({ maxLength: MAX_RETURN_LENGTH }));
const Query = Type.Object({ return_to: returnTo });
const Credentials = Type.Object({
  username: Type.Optional(Type.String({ maxLength: 100 })),
  password: Type.Optional(Type.String({ maxLength: 1024 })),
  return_to: returnTo,
});

interface AccountSignInDeps {
  readonly newPasswordStep: NewPasswordStep;
  readonly publicUrl: string;
  readonly session: BrowserSession;
  readonly signIn: BrowserSignIn;
}

/** Signing in to My account, and out of it. */
export const accountSignInRoutes: FastifyPluginAsyncTypebox<AccountSignInDeps> = async (
  app,
  { newPasswordStep, publicUrl, session, signIn },
) => {
  const errorPage: ErrorPage = async (error, request) => {
    const { return_to, username } = typedFields(request.body);
    const target = findReturnPath(return_to, publicUrl);
    return isFormError(error) && target !== undefined
      ? pageOf(target, { userName: username, wrong: error.message })
      : undefined;
  };

  app.get(ACCOUNT_SIGN_IN, { config, schema: { hide: true, querystring: Query } }, async (request, reply) => {
    const target = readReturnPath(request.query.return_to, publicUrl);
    const userId = await session.findUserId(request, reply);
    const account = userId === undefined ? undefined : await signIn.findAccount(userId);
    if (account && !account.passwordChangeRequired) return reply.redirect(target, 303);
    return sendPage(reply, pageOf(target));
  });

  app.post(
    ACCOUNT_SIGN_IN,
    { config: { ...config, errorPage }, schema: { hide: true, body: Credentials } },
    async (request, reply) => {
      const { username, password, return_to } = request.body;
      const target = readReturnPath(return_to, publicUrl);
      if (!username || !password) throw new InvalidInput('username', 'Enter your user name and password.');
      const newPassword = { purpose: 'account', location: withReturn(NEW_PASSWORD, target) } as const;
      const proof = await signIn.signIn(request, reply, { username, password }, { newPassword });
      await session.begin(request, reply, proof);
      return reply.redirect(target, 303);
    },
  );

  const targetOf = ({ query }: FastifyRequest) =>
    findReturnPath(typedFields(query)['return_to'], publicUrl) ?? ACCOUNT;

  await app.register(newPasswordRoutes, {
    path: NEW_PASSWORD,
    purpose: 'account',
    step: newPasswordStep,
    signInAddress: (request) => withReturn(ACCOUNT_SIGN_IN, targetOf(request)),
    prepare: async (request, reply) => async (proof) => {
      await signIn.recordSignIn(proof.userId, request.ip);
      await session.begin(request, reply, proof);
      return targetOf(request);
    },
  });

  app.post(ACCOUNT_SIGN_OUT, { config, schema: { hide: true } }, async (request, reply) => {
    await session.end(request, reply);
    return reply.redirect(SIGNED_OUT, 303);
  });

  app.get(SIGNED_OUT, { config, schema: { hide: true } }, async (request, reply) =>
    sendPage(reply, signedOutPage(pageContextOf(request).brand.name)),
  );
};

function withReturn(path: string, target: string): string {
  return `${path}?${new URLSearchParams({ return_to: target })}`;
}

/** @throws InvalidInput */
function readReturnPath(returnTo: string | undefined, publicUrl: string): string {
  const target = findReturnPath(returnTo, publicUrl);
  if (target === undefined)
    throw new InvalidInput('return_to', `return_to must be ${ACCOUNT} or a page below it.`);
  return target;
}

/** @returns undefined for anything but a page of My account: a sign-in link must not lead to another site */
function findReturnPath(returnTo: string | undefined, publicUrl: string): string | undefined {
  const url = URL.parse(returnTo ?? ACCOUNT, publicUrl);
  const isOwn = url?.origin === new URL(publicUrl).origin && /^\/account(?:\/[\w/-]*)?$/.test(url.pathname);
  return isOwn ? `${url.pathname}${url.search}` : undefined;
}

function pageOf(target: string, refused: Pick<SignInForm, 'userName' | 'wrong'> = {}): Page {
  return signInPage({ action: ACCOUNT_SIGN_IN, hidden: { return_to: target }, ...refused });
}
