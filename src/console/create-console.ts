import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { BrowserSignIn } from '../oauth/consent/browser-sign-in.ts';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import { createConsoleSignIn } from './console-sign-in.ts';
import { consoleIndexRoutes } from './index-routes.ts';
import { createSessionCookie } from './session-cookie.ts';
import { createConsoleEntry } from './session-entry.ts';
import { createSessionService } from './session-service.ts';
import { consoleSignInRoutes } from './sign-in-routes.ts';

export interface ConsoleParts {
  readonly config: Pick<Config, 'publicUrl'>;
  readonly database: Database;
  readonly server: AuthorizationServer;
  readonly signIn: BrowserSignIn;
}

/** The administrators' pages: who may enter them, and the pages. */
export function createConsole({ config, database, server, signIn }: ConsoleParts) {
  const { publicUrl } = config;
  const sessions = createSessionService(database, false);
  const cookie = createSessionCookie(server, publicUrl);
  const consoleSignIn = createConsoleSignIn({ signIn, sessions, cookie });
  return {
    enter: createConsoleEntry({ sessions, cookie, publicUrl }),

    async routes(app: FastifyInstance): Promise<void> {
      await app.register(consoleSignInRoutes({ signIn: consoleSignIn, sessions, cookie, publicUrl }));
      consoleIndexRoutes(app);
    },
  };
}
