import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeclaredError, ErrorStyle } from '../../declared-error.ts';
import type { Page } from '../pages/page.ts';

/** Renders a page for an error, such as the form with a notice; undefined: the general error page. */
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
