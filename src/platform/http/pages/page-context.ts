import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface PageLink {
  readonly text: string;
  readonly url: string;
}

export interface PageImage {
  readonly url: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Whose server it is, as its pages show it. */
export interface PageBrand {
  readonly name: string;
  /** Shown instead of the name. */
  readonly logo: PageImage | undefined;
  /** For dark mode. */
  readonly logoDark: PageImage | undefined;
  /** The URLs of the icon and of the colours; the style sheet of all pages has colours of its own. */
  readonly icon: string;
  readonly style: string | undefined;
  readonly support: PageLink | undefined;
  readonly legal: readonly PageLink[];
}

/** What all pages of a request have in common. */
export interface PageContext {
  readonly brand: PageBrand;
}

export type PageContextOf = (request: FastifyRequest) => PageContext;

declare module 'fastify' {
  interface FastifyInstance {
    readonly pageContextOf: PageContextOf;
  }
}

/** Call this before adding routes. Error pages need it for requests that reach no route. */
export function providePageContext(app: FastifyInstance, pageContextOf: PageContextOf): void {
  app.decorate('pageContextOf', pageContextOf);
}

export function pageContextOf(request: FastifyRequest): PageContext {
  return request.server.pageContextOf(request);
}
