import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Proof, SignIn, SignInTerms } from '../../../core/people/sign-in.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { COOKIE, providerContext } from '../provider/provider-routes.ts';

/** Says of a browser that somebody has signed in with it, so that it is not taken for a stranger's. */
const MARK_COOKIE = 'clicktocall_browser';
const MARK_LIVES_MS = 365 * 24 * 3600 * 1000;

export interface BrowserSignIn {
  /** Signs in whoever sent the form. @throws CredentialsRefused, TooManySignIns */
  signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    password: string,
    terms?: SignInTerms,
  ): Promise<Proof>;
  /** That it is really them who asks. @throws PasswordRefused, TooManySignIns */
  confirm(request: FastifyRequest, reply: FastifyReply, name: string, password: string): Promise<Proof>;
  checkAgain: SignIn['checkAgain'];
  recordSignOut: SignIn['recordSignOut'];
  findAccount: SignIn['findAccount'];
}

/** Sign-in as the forms of all flows do it; cookies are signed with the keys that the nodes share. */
export function createBrowserSignIn(
  server: AuthorizationServer,
  signIn: SignIn,
  publicUrl: string,
): BrowserSignIn {
  const cookiesOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply).cookies;
  const originOf = (request: FastifyRequest, cookies: ReturnType<typeof cookiesOf>) => ({
    ipAddress: request.ip,
    browserMark: cookies.get(MARK_COOKIE, { signed: true }),
  });

  return {
    async signIn(request, reply, name, password, terms = {}) {
      const cookies = cookiesOf(request, reply);
      const { browserMark, ...proof } = await signIn.signIn(
        name,
        password,
        originOf(request, cookies),
        terms,
      );
      cookies.set(MARK_COOKIE, browserMark, { ...COOKIE, maxAge: MARK_LIVES_MS });
      return proof;
    },
    confirm: (request, reply, name, password) =>
      signIn.confirm(name, password, originOf(request, cookiesOf(request, reply))),
    checkAgain: signIn.checkAgain,
    recordSignOut: signIn.recordSignOut,
    findAccount: signIn.findAccount,
  };
}
