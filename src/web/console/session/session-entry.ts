import type { FastifyReply, FastifyRequest } from 'fastify';
import type {
  ConsoleSession,
  SessionService,
  Standing,
} from '../../../core/console-sessions/session-service.ts';
import { onTheWayTo, readReturnTo, SECOND_FACTOR, SECURITY, SIGN_IN } from '../return-to.ts';
import { ConsoleSessionOver, ConsoleSignInRequired } from './console-errors.ts';
import type { SessionCookie } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** With entry `console`: which sign-ins may enter that are not complete yet. */
    evenWhile?: readonly Exclude<Standing, 'complete'>[];
  }
  interface FastifyRequest {
    /** Set on routes with entry `console`. */
    consoleSession?: ConsoleSession;
  }
}

interface Parts {
  readonly sessions: SessionService;
  readonly cookie: SessionCookie;
  readonly publicUrl: string;
}

const NEXT_STEP: Readonly<Record<Exclude<Standing, 'complete'>, string>> = {
  secondFactorOwed: SECOND_FACTOR,
  setUpOwed: SECURITY,
};

export type EnterConsole = ReturnType<typeof createConsoleEntry>;

/** Lets into routes with entry `console` who is signed in to it. */
export function createConsoleEntry({ sessions, cookie, publicUrl }: Parts) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { evenWhile = [] } = request.routeOptions.config;
    const token = cookie.read(request, reply);
    const session = token === undefined ? undefined : await sessions.enter(token, true);
    if (!session) throw refusal(request, SIGN_IN);
    const { userId, userName: name, standing } = session;
    if (standing !== 'complete' && !evenWhile.includes(standing)) throw refusal(request, NEXT_STEP[standing]);
    request.administrator = { userId, name };
    request.consoleSession = session;
  };

  function refusal(request: FastifyRequest, step: string) {
    const location = onTheWayTo(whereFrom(request), step);
    return request.headers['hx-request'] !== undefined
      ? new ConsoleSessionOver(location)
      : new ConsoleSignInRequired(location);
  }

  /** The page that was asked for, or the one from which a form or a part of it was sent for. */
  function whereFrom({ method, url, headers }: FastifyRequest): string {
    const isPage = method === 'GET' && headers['hx-request'] === undefined;
    return readReturnTo(isPage ? url : headers.referer, publicUrl);
  }
}

/** Of a request that has come through the console's entry. */
export function sessionOf({ consoleSession }: FastifyRequest): ConsoleSession {
  if (!consoleSession) throw new Error('the route does not have entry console');
  return consoleSession;
}
