import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';
import { createSessionService } from '../../core/console-sessions/session-service.ts';
import { createSecondFactorService } from '../../core/second-factors/second-factor-service.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { SealedBox } from '../../platform/secrets/sealed-box.ts';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { type AreaParts, areaRoutes } from './area-routes.ts';
import { createConsoleSecurity } from './security/console-security.ts';
import { secondFactorRoutes } from './security/second-factor-routes.ts';
import { securityRoutes } from './security/security-routes.ts';
import { createConsoleSignIn } from './session/console-sign-in.ts';
import { createSessionCookie } from './session/session-cookie.ts';
import { createConsoleEntry } from './session/session-entry.ts';
import { consoleSignInRoutes } from './session/sign-in-routes.ts';

export interface ConsoleParts extends Omit<AreaParts, 'publicUrl' | 'userIn' | 'defaultLimit'> {
  readonly config: Pick<Config, 'publicUrl' | 'consoleSecondFactorRequired' | 'maxOngoingCalls'>;
  readonly database: Database;
  readonly secrets: SealedBox;
  readonly clock: Clock;
  readonly server: AuthorizationServer;
  readonly signIn: BrowserSignIn;
}

/** The administrators' pages: who may enter them, and the pages. */
export function createConsole(parts: ConsoleParts) {
  const { config, database, secrets, clock, server, signIn } = parts;
  const { publicUrl, consoleSecondFactorRequired: secondFactorRequired } = config;
  const sessions = createSessionService({ database, secrets, secondFactorRequired });
  const secondFactors = createSecondFactorService({ database, secrets, clock, publicUrl });
  const security = createConsoleSecurity({ sessions, secondFactors, publicUrl });
  const cookie = createSessionCookie(server, publicUrl);
  const consoleSignIn = createConsoleSignIn({ signIn, sessions, cookie });

  /** The user whose session goes on; not that anybody is there. */
  async function userIn(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
    const token = cookie.read(request, reply);
    const session = token === undefined ? undefined : await sessions.enter(token, false);
    return session?.standing === 'complete' ? session.userId : undefined;
  }

  return {
    enter: createConsoleEntry({ sessions, cookie, publicUrl }),

    async routes(app: FastifyInstance): Promise<void> {
      await app.register(consoleSignInRoutes({ signIn: consoleSignIn, sessions, cookie, publicUrl }));
      await app.register(secondFactorRoutes(security, publicUrl));
      await app.register(securityRoutes(security, consoleSignIn, publicUrl));
      await app.register(areaRoutes({ ...parts, publicUrl, userIn, defaultLimit: config.maxOngoingCalls }));
    },
  };
}
