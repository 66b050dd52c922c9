import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Proof, SignIn, SignInTerms } from '../../../core/people/sign-in.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { COOKIE, providerContext } from '../provider/pass-to-provider.ts';
import type { NewPasswordStep, NextSignInStep } from './new-password-step.ts';

const MARK_LIFETIME_MS = 365 * 24 * 3600 * 1000;

export interface EnteredCredentials {
  readonly username: string;
  readonly password: string;
}

export interface BrowserSignInTerms extends SignInTerms {
  /**
   * Where a user chooses a new password, if someone else has set the one that was entered. Undefined: the sign-in accepts that
   * password.
   */
  readonly newPassword: NextSignInStep | undefined;
}

export interface BrowserSignIn {
  /**
   * Checks a user name and password, for a session that the caller begins. Records the sign-in, except to the console, whose
   * sessions record it.
   * @throws CredentialsRefused, TooManySignIns, PasswordHashingBusy, PasswordChangeRequired
   */
  signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    entered: EnteredCredentials,
    terms: BrowserSignInTerms,
  ): Promise<Proof>;
  /** Checks the password of a signed-in user again. @throws PasswordRefused, TooManySignIns, PasswordHashingBusy */
  confirm(request: FastifyRequest, reply: FastifyReply, name: string, password: string): Promise<Proof>;
  checkAgain: SignIn['checkAgain'];
  recordSignIn: SignIn['recordSignIn'];
  recordSignOut: SignIn['recordSignOut'];
  findAccount: SignIn['findAccount'];
}

export interface BrowserSignInDeps {
  readonly server: AuthorizationServer;
  readonly signIn: SignIn;
  readonly newPasswordStep: NewPasswordStep;
  readonly publicUrl: string;
}

/** Signs users in for the forms of all flows. Its cookies are signed with the keys that all nodes share. */
export function createBrowserSignIn(deps: BrowserSignInDeps): BrowserSignIn {
  const { server, signIn, newPasswordStep, publicUrl } = deps;
  const markCookie = server.cookieNames.browserMark;
  const cookiesOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply).cookies;
  const originOf = (request: FastifyRequest, cookies: ReturnType<typeof cookiesOf>) => ({
    ipAddress: request.ip,
    browserMark: cookies.get(markCookie, { signed: true }),
  });

  return {
    async signIn(request, reply, { username, password }, { newPassword, ...terms }) {
      const cookies = cookiesOf(request, reply);
      const { browserMark, passwordChangeRequired, ...proof } = await signIn.signIn(
        username,
        password,
        originOf(request, cookies),
        terms,
      );
      cookies.set(markCookie, browserMark, { ...COOKIE, maxAge: MARK_LIFETIME_MS });
      if (passwordChangeRequired && newPassword) newPasswordStep.begin(request, reply, proof, newPassword);
      if (!terms.administratorsOnly) await signIn.recordSignIn(proof.userId, request.ip);
      return proof;
    },
    confirm: (request, reply, name, password) =>
      signIn.confirm(name, password, originOf(request, cookiesOf(request, reply))),
    checkAgain: signIn.checkAgain,
    recordSignIn: signIn.recordSignIn,
    recordSignOut: signIn.recordSignOut,
    findAccount: signIn.findAccount,
  };
}
