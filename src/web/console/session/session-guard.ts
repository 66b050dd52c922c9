import type { FastifyRequest } from 'fastify';
import type {
  ConsoleSession,
  SessionService,
  Standing,
} from '../../../core/console-sessions/session-service.ts';
import type { ConsoleGuard } from '../../entry/entry.ts';
import type { ConsoleCookie } from '../../oauth/sign-in/console-cookie.ts';
import { SECOND_FACTOR, SECURITY, SIGN_IN } from '../addresses.ts';
import { readReturnTo, stepAddress } from '../return-to.ts';
import { type ConsoleClosed, ConsoleSessionOver, ConsoleSignInRequired } from './console-errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** With entry `console`: which incomplete sign-ins may use the route, too. */
    incompleteSignIns?: readonly Exclude<Standing, 'complete'>[];
  }
  interface FastifyRequest {
    /** Set on routes with entry `console`. */
    consoleSession?: ConsoleSession;
  }
}

interface ConsoleGuardDeps {
  readonly sessions: SessionService;
  readonly cookie: ConsoleCookie;
  readonly publicUrl: string;
}

const NEXT_STEP: Readonly<Record<Exclude<Standing, 'complete'>, string>> = {
  secondFactorOwed: SECOND_FACTOR,
  setUpOwed: SECURITY,
};

/** The guard of routes with entry `console`: finds the session, and redirects to the sign-in if it is missing or incomplete. */
export function createConsoleGuard({ sessions, cookie, publicUrl }: ConsoleGuardDeps): ConsoleGuard {
  return async (request, reply) => {
    const { incompleteSignIns = [] } = request.routeOptions.config;
    const token = cookie.read(request, reply);
    const session = token === undefined ? undefined : await sessions.enter(token, true);
    if (!session) throw refusal(request, SIGN_IN, publicUrl);
    const { userId, userName: name, standing } = session;
    if (standing !== 'complete' && !incompleteSignIns.includes(standing))
      throw refusal(request, NEXT_STEP[standing], publicUrl);
    request.administrator = { userId, name };
    request.consoleSession = session;
  };
}

/** The error that leads to a step of the sign-in, and then back to the page. A browser that is signed in skips the sign-in. */
export function refusal(request: FastifyRequest, step: string, publicUrl: string): ConsoleClosed {
  const location = stepAddress(pageOf(request, publicUrl), step);
  return request.headers['hx-request'] !== undefined
    ? new ConsoleSessionOver(location)
    : new ConsoleSignInRequired(location);
}

/** The requested page; for a form or a live fragment, the page that contains it. */
function pageOf({ method, url, headers }: FastifyRequest, publicUrl: string): string {
  const isPage = method === 'GET' && headers['hx-request'] === undefined;
  return readReturnTo(isPage ? url : headers.referer, publicUrl);
}

/** The session of a request on a route with entry `console`. */
export function sessionOf({ consoleSession }: FastifyRequest): ConsoleSession {
  if (!consoleSession) throw new Error('the route does not have entry console');
  return consoleSession;
}
