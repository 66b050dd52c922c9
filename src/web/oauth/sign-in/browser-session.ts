import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Proof } from '../../../core/people/sign-in.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { SESSION_SECONDS } from '../provider/provider-configuration.ts';
import { COOKIE, providerContext } from '../provider/provider-routes.ts';
import type { BrowserSignIn } from './browser-sign-in.ts';

export type BrowserSession = ReturnType<typeof createBrowserSession>;

/** The provider's own sign-in session, so that somebody signed in through one kind of flow is so in the other. */
export function createBrowserSession(
  server: AuthorizationServer,
  signIn: Pick<BrowserSignIn, 'checkAgain' | 'recordSignOut'>,
  publicUrl: string,
) {
  const contextOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply);

  return {
    /** The id of whoever is signed in. */
    async userId(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
      return (await server.provider.Session.get(contextOf(request, reply))).accountId;
    },

    /**
     * Under a new session id, so that one planted before is worth nothing (session fixation).
     * @throws CredentialsRefused when the password has been replaced meanwhile
     */
    async begin(request: FastifyRequest, reply: FastifyReply, proof: Proof): Promise<void> {
      const { provider } = server;
      const context = contextOf(request, reply);
      const former = await provider.Session.get(context);
      if (former.accountId !== undefined) await former.destroy();
      const session = new provider.Session();
      session.loginAccount({ accountId: proof.userId, transient: true });
      await session.save(SESSION_SECONDS);
      await signIn.checkAgain(proof).catch(async (error) => {
        await session.destroy();
        throw error;
      });
      context.cookies.set(provider.cookieName('session'), session.jti, COOKIE);
    },

    async end(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const { provider } = server;
      const context = contextOf(request, reply);
      const session = await provider.Session.get(context);
      await session.destroy();
      context.cookies.set(provider.cookieName('session'), null, COOKIE);
      if (session.accountId !== undefined) await signIn.recordSignOut(session.accountId, request.ip);
    },
  };
}
