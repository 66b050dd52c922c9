import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeclaredError, ErrorStyle } from '../../declared-error.ts';
import type { Page } from '../pages/page.ts';

/** The page to show a browser for an error, in place of the general one: a form again, with what was wrong. */
export type ErrorPage = (
  error: DeclaredError,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<Page | undefined>;

declare module 'fastify' {
  interface FastifyContextConfig {
    errorStyle?: ErrorStyle;
    errorPage?: ErrorPage;
  }
}
