import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SignIn } from '../../people/sign-in.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { COOKIE, providerContext } from '../provider/provider-routes.ts';

/** Says of a browser that somebody has signed in with it, so that it is not taken for a stranger's. */
const MARK_COOKIE = 'clicktocall_browser';
const MARK_LIVES_MS = 365 * 24 * 3600 * 1000;

export interface BrowserSignIn {
  /** Signs in whoever sent the form. @returns the user's id @throws CredentialsRefused, TooManySignIns */
  signIn(request: FastifyRequest, reply: FastifyReply, name: string, password: string): Promise<string>;
  findAccount: SignIn['findAccount'];
}

/** Sign-in as the forms of all flows do it; cookies are signed with the keys that the nodes share. */
export function createBrowserSignIn(
  server: AuthorizationServer,
  signIn: SignIn,
  publicUrl: string,
): BrowserSignIn {
  return {
    async signIn(request, reply, name, password) {
      const { cookies } = providerContext(server, publicUrl, request, reply);
      const known = cookies.get(MARK_COOKIE, { signed: true });
      const { userId, browserMark } = await signIn.signIn(name, password, {
        ipAddress: request.ip,
        browserMark: known,
      });
      cookies.set(MARK_COOKIE, browserMark, { ...COOKIE, maxAge: MARK_LIVES_MS });
      return userId;
    },
    findAccount: signIn.findAccount,
  };
}
