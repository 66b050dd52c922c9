import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SessionService } from '../../../core/console-sessions/session-service.ts';
import type { BrowserSignIn } from '../../oauth/sign-in/browser-sign-in.ts';
import type { SessionCookie } from './session-cookie.ts';
import { sessionOf } from './session-guard.ts';

interface ConsoleSignInDeps {
  readonly signIn: BrowserSignIn;
  readonly sessions: SessionService;
  readonly cookie: SessionCookie;
}

export interface ConsoleSignIn {
  isSignedIn(request: FastifyRequest, reply: FastifyReply): Promise<boolean>;
  /** @returns the user whose sign-in is complete; does not keep the session alive */
  findUserId(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined>;
  /** Starts a session under a new token (session fixation). @throws CredentialsRefused, TooManySignIns */
  signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    credentials: { readonly username: string; readonly password: string },
  ): Promise<void>;
  /** Checks the password again, in an open session, which gets a new token. @throws CredentialsRefused, TooManySignIns */
  confirm(request: FastifyRequest, reply: FastifyReply, password: string): Promise<void>;
}

/** Signs administrators in to the console. */
export function createConsoleSignIn({ signIn, sessions, cookie }: ConsoleSignInDeps): ConsoleSignIn {
  async function findSession(request: FastifyRequest, reply: FastifyReply) {
    const token = cookie.read(request, reply);
    return token === undefined ? undefined : sessions.enter(token, false);
  }

  return {
    isSignedIn: async (request, reply) => (await findSession(request, reply)) !== undefined,

    async findUserId(request, reply) {
      const session = await findSession(request, reply);
      return session?.standing === 'complete' ? session.userId : undefined;
    },

    async signIn(request, reply, { username, password }) {
      const proof = await signIn.signIn(request, reply, username, password, { administratorsOnly: true });
      const place = { ipAddress: request.ip, userAgent: request.headers['user-agent'] ?? '' };
      const token = await sessions.begin(proof, place, cookie.read(request, reply));
      cookie.write(request, reply, token);
    },

    async confirm(request, reply, password) {
      const session = sessionOf(request);
      await signIn.signIn(request, reply, session.userName, password, { administratorsOnly: true });
      cookie.write(request, reply, await sessions.confirm(session));
    },
  };
}
