import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConsoleSessionChanged } from '../../../core/console-sessions/session-errors.ts';
import type { ConsoleSession } from '../../../core/console-sessions/session-service.ts';
import type { ConsoleCookie } from '../../oauth/sign-in/console-cookie.ts';
import { SIGN_IN } from '../addresses.ts';
import { refusal, sessionOf } from './session-guard.ts';

/**
 * Takes a step that gives the session of a request a new token, and gives the token to the browser.
 * @param step returns the new token
 * @throws ConsoleClosed if the session has changed since the request began: the browser keeps its cookie
 */
export type RenewToken = (
  request: FastifyRequest,
  reply: FastifyReply,
  step: (session: ConsoleSession) => Promise<string>,
) => Promise<void>;

export function createTokenRenewal(cookie: ConsoleCookie, publicUrl: string): RenewToken {
  return async (request, reply, step) => {
    const token = await step(sessionOf(request)).catch((error) => {
      throw error instanceof ConsoleSessionChanged ? refusal(request, SIGN_IN, publicUrl) : error;
    });
    cookie.write(request, reply, token);
  };
}
