import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SessionService } from '../../../core/console-sessions/session-service.ts';
import type { Proof } from '../../../core/people/sign-in.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { COOKIE, providerContext } from '../provider/pass-to-provider.ts';
import { SESSION_SECONDS } from '../provider/provider-configuration.ts';
import type { BrowserSignIn } from './browser-sign-in.ts';
import type { ConsoleCookie } from './console-cookie.ts';

/** The provider's session in a browser. All flows and My account share it. */
export interface BrowserSession {
  /** @returns the id of the user who is signed in; undefined without one */
  findUserId(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined>;
  /**
   * Signs the user in, under a new session id (session fixation).
   * @throws CredentialsRefused if the password was replaced since the proof
   */
  begin(request: FastifyRequest, reply: FastifyReply, proof: Proof): Promise<void>;
  /**
   * Signs the user out of this browser, also of the console, and records it. Applications that want to know get logout tokens.
   * Grants, tokens and calls stay.
   * @param clientId the application that asked for it
   */
  end(request: FastifyRequest, reply: FastifyReply, clientId?: string): Promise<void>;
}

export interface BrowserSessionDeps {
  readonly server: AuthorizationServer;
  readonly signIn: Pick<BrowserSignIn, 'checkAgain' | 'recordSignOut'>;
  readonly consoleCookie: ConsoleCookie;
  readonly consoleSessions: Pick<SessionService, 'endOfToken'>;
  readonly publicUrl: string;
}

export function createBrowserSession(deps: BrowserSessionDeps): BrowserSession {
  const { server, signIn, consoleCookie, consoleSessions, publicUrl } = deps;
  const contextOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply);

  return {
    async findUserId(request, reply) {
      return (await server.provider.Session.get(contextOf(request, reply))).accountId;
    },

    async begin(request, reply, proof) {
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

    async end(request, reply, clientId) {
      const { provider } = server;
      const context = contextOf(request, reply);
      const session = await provider.Session.get(context);
      await session.destroy();
      context.cookies.set(provider.cookieName('session'), null, COOKIE);
      if (session.accountId !== undefined)
        await signIn.recordSignOut(session.accountId, request.ip, clientId);
      // A link of another site comes without this cookie. Then the session cannot be found, but the browser forgets it.
      const consoleToken = consoleCookie.read(request, reply);
      if (consoleToken !== undefined) await consoleSessions.endOfToken(consoleToken, request.ip);
      consoleCookie.clear(request, reply);
    },
  };
}
