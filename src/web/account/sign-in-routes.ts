import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { type Static, Type } from 'typebox';
import { SignInRefused } from '../../core/people/people-errors.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { type Page, sendPage } from '../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../platform/http/same-origin.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { LONGEST_RETURN, SIGN_IN } from '../oauth/sign-in/person-entry.ts';
import { signInPage } from '../oauth/sign-in/sign-in-page.ts';
import { ACCOUNT, SIGN_OUT } from './account-frame.ts';

const SIGNED_OUT = '/signed-out';

const returnTo = Type.Optional(Type.String({ maxLength: LONGEST_RETURN }));
const Credentials = Type.Object({
  username: Type.Optional(Type.String({ maxLength: 100 })),
  password: Type.Optional(Type.String({ maxLength: 1024 })),
  return_to: returnTo,
});
type Credentials = Static<typeof Credentials>;

interface Parts {
  readonly session: BrowserSession;
  readonly signIn: BrowserSignIn;
  readonly publicUrl: string;
}

/** Sign-in for people who come by themselves, and sign-out. */
export function accountSignInRoutes({ session, signIn, publicUrl }: Parts) {
  const config = { entry: 'anyone' } as const;
  const preValidation = sameOriginOnly(publicUrl);

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      SIGN_IN,
      { config, schema: { hide: true, querystring: Type.Object({ return_to: returnTo }) } },
      async (request, reply) => {
        const target = ownTarget(request.query.return_to, publicUrl);
        const userId = await session.userId(request, reply);
        if (userId !== undefined && (await signIn.findAccount(userId))) return reply.redirect(target, 303);
        return sendPage(reply, ownSignInPage(target));
      },
    );

    const errorPage: ErrorPage = async (error, request) => {
      const { return_to } = (request.body ?? {}) as Partial<Credentials>;
      const again = error instanceof SignInRefused || error instanceof InvalidInput;
      const target = findOwnTarget(return_to, publicUrl);
      return again && target !== undefined ? ownSignInPage(target, error.message) : undefined;
    };

    app.post(
      SIGN_IN,
      { config: { ...config, errorPage }, preValidation, schema: { hide: true, body: Credentials } },
      async (request, reply) => {
        const { username, password, return_to } = request.body;
        const target = ownTarget(return_to, publicUrl);
        if (!username || !password) throw new InvalidInput('username', 'Enter your user name and password.');
        await session.begin(request, reply, await signIn.signIn(request, reply, username, password));
        return reply.redirect(target, 303);
      },
    );

    app.post(SIGN_OUT, { config, preValidation, schema: { hide: true } }, async (request, reply) => {
      await session.end(request, reply);
      return reply.redirect(SIGNED_OUT, 303);
    });

    app.get(SIGNED_OUT, { config, schema: { hide: true } }, async (_request, reply) =>
      sendPage(reply, signedOutPage),
    );
  };
}

/** @throws InvalidInput */
function ownTarget(returnTo: string | undefined, publicUrl: string): string {
  const target = findOwnTarget(returnTo, publicUrl);
  if (target === undefined)
    throw new InvalidInput('return_to', `return_to must be ${ACCOUNT} or an address below it.`);
  return target;
}

/** Nothing but a page of My account: a link to sign in leads nobody anywhere else. */
function findOwnTarget(returnTo: string | undefined, publicUrl: string): string | undefined {
  const url = URL.parse(returnTo ?? ACCOUNT, publicUrl);
  const own = url?.origin === new URL(publicUrl).origin && /^\/account(?:\/[\w/-]*)?$/.test(url.pathname);
  return own ? `${url.pathname}${url.search}` : undefined;
}

function ownSignInPage(target: string, wrong?: string): Page {
  return signInPage({ action: SIGN_IN, hidden: { return_to: target }, redirectUri: '', wrong });
}

const signedOutPage: Page = {
  title: 'Signed out',
  body: html`
    <p>You are signed out of ClickToCall in this browser.</p>
    <p>Applications that you allowed to call can still do so: you withdraw that in <a href="${ACCOUNT}/applications">My account</a>.</p>
    <p><a class="button quiet" href="${SIGN_IN}">Sign in again</a></p>`,
};
