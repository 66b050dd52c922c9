import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConsoleSession, SessionService } from '../../../core/console-sessions/session-service.ts';
import type { Proof } from '../../../core/people/sign-in.ts';
import type { BrowserSignIn, EnteredCredentials } from '../../oauth/sign-in/browser-sign-in.ts';
import type { ConsoleCookie } from '../../oauth/sign-in/console-cookie.ts';
import { sessionOf } from './session-guard.ts';

interface ConsoleSignInDeps {
  readonly signIn: BrowserSignIn;
  readonly sessions: SessionService;
  readonly cookie: ConsoleCookie;
}

export interface ConsoleSignIn {
  isSignedIn(request: FastifyRequest, reply: FastifyReply): Promise<boolean>;
  /** Finds a session whose sign-in is complete; does not keep it alive. */
  findSession(request: FastifyRequest, reply: FastifyReply): Promise<ConsoleSession | undefined>;
  /** Whether a session is still open, and its sign-in complete; does not keep it alive. */
  isOpen(sessionId: string): Promise<boolean>;
  /**
   * @param newPasswordAddress URL of the page for choosing a new password
   * @throws CredentialsRefused, TooManySignIns, PasswordHashingBusy, PasswordChangeRequired
   */
  signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    entered: EnteredCredentials,
    newPasswordAddress: string,
  ): Promise<void>;
  /** Starts a session under a new token (session fixation). @throws CredentialsRefused */
  begin(request: FastifyRequest, reply: FastifyReply, proof: Proof): Promise<void>;
  /** Checks the password again, in an open session. @throws CredentialsRefused, TooManySignIns */
  confirm(request: FastifyRequest, reply: FastifyReply, password: string): Promise<void>;
}

/** Signs administrators in to the console. */
export function createConsoleSignIn({ signIn, sessions, cookie }: ConsoleSignInDeps): ConsoleSignIn {
  async function readSession(request: FastifyRequest, reply: FastifyReply) {
    const token = cookie.read(request, reply);
    return token === undefined ? undefined : sessions.enter(token, false);
  }

  async function begin(request: FastifyRequest, reply: FastifyReply, proof: Proof): Promise<void> {
    const place = { ipAddress: request.ip, userAgent: request.headers['user-agent'] ?? '' };
    const token = await sessions.begin(proof, place, cookie.read(request, reply));
    cookie.write(request, reply, token);
  }

  return {
    isSignedIn: async (request, reply) => (await readSession(request, reply)) !== undefined,

    async findSession(request, reply) {
      const session = await readSession(request, reply);
      return session?.standing === 'complete' ? session : undefined;
    },

    isOpen: async (sessionId) => (await sessions.findStanding(sessionId)) === 'complete',

    async signIn(request, reply, entered, newPasswordAddress) {
      const newPassword = { purpose: 'console', location: newPasswordAddress } as const;
      await begin(
        request,
        reply,
        await signIn.signIn(request, reply, entered, { administratorsOnly: true, newPassword }),
      );
    },

    begin,

    async confirm(request, reply, password) {
      const session = sessionOf(request);
      const entered = { username: session.userName, password };
      await signIn.signIn(request, reply, entered, { administratorsOnly: true, newPassword: undefined });
      await sessions.confirm(session);
    },
  };
}
