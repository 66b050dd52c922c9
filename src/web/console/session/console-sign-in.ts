import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SessionService } from '../../../core/console-sessions/session-service.ts';
import type { BrowserSignIn } from '../../oauth/sign-in/browser-sign-in.ts';
import type { SessionCookie } from './session-cookie.ts';
import { sessionOf } from './session-entry.ts';

export interface Parts {
  readonly signIn: BrowserSignIn;
  readonly sessions: SessionService;
  readonly cookie: SessionCookie;
}

export type ConsoleSignIn = ReturnType<typeof createConsoleSignIn>;

/** Begins and ends the console's session of a browser. */
export function createConsoleSignIn({ signIn, sessions, cookie }: Parts) {
  return {
    async isSignedIn(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
      const token = cookie.read(request, reply);
      return token !== undefined && (await sessions.enter(token, false)) !== undefined;
    },

    /** Under a new token, so that one planted before is worth nothing. @throws CredentialsRefused, TooManySignIns */
    async signIn(
      request: FastifyRequest,
      reply: FastifyReply,
      credentials: { readonly username: string; readonly password: string },
    ): Promise<void> {
      const { username, password } = credentials;
      const proof = await signIn.signIn(request, reply, username, password, { administratorsOnly: true });
      const place = { ipAddress: request.ip, userAgent: request.headers['user-agent'] ?? '' };
      const token = await sessions.begin(proof, place, cookie.read(request, reply));
      cookie.write(request, reply, token);
    },

    /** The password once more, in the session. @throws CredentialsRefused, TooManySignIns */
    async confirm(request: FastifyRequest, reply: FastifyReply, password: string): Promise<void> {
      const session = sessionOf(request);
      await signIn.signIn(request, reply, session.userName, password, { administratorsOnly: true });
      await sessions.confirm(session);
    },
  };
}
