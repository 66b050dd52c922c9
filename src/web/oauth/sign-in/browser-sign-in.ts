import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Proof, SignIn, SignInTerms } from '../../../core/people/sign-in.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { COOKIE, providerContext } from '../provider/provider-routes.ts';

const MARK_LIFETIME_MS = 365 * 24 * 3600 * 1000;

export interface BrowserSignIn {
  /** Signs a user in by name and password. @throws CredentialsRefused, TooManySignIns */
  signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    password: string,
    terms?: SignInTerms,
  ): Promise<Proof>;
  /** Checks the password of a signed-in user again. @throws PasswordRefused, TooManySignIns */
  confirm(request: FastifyRequest, reply: FastifyReply, name: string, password: string): Promise<Proof>;
  checkAgain: SignIn['checkAgain'];
  recordSignOut: SignIn['recordSignOut'];
  findAccount: SignIn['findAccount'];
}

/** Signs users in for the forms of all flows. Its cookies are signed with the keys that all nodes share. */
export function createBrowserSignIn(
  server: AuthorizationServer,
  signIn: SignIn,
  publicUrl: string,
): BrowserSignIn {
  const cookiesOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply).cookies;
  const originOf = (request: FastifyRequest, cookies: ReturnType<typeof cookiesOf>) => ({
    ipAddress: request.ip,
    browserMark: cookies.get(server.cookieNames.browserMark, { signed: true }),
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
      cookies.set(server.cookieNames.browserMark, browserMark, { ...COOKIE, maxAge: MARK_LIFETIME_MS });
      return proof;
    },
    confirm: (request, reply, name, password) =>
      signIn.confirm(name, password, originOf(request, cookiesOf(request, reply))),
    checkAgain: signIn.checkAgain,
    recordSignOut: signIn.recordSignOut,
    findAccount: signIn.findAccount,
  };
}
