import fp from 'fastify-plugin';

/**
 * Lets the pages of its scope keep the window that opened them (Cross-Origin-Opener-Policy). A popup that has once received
 * `same-origin` can never reach its application again, not even from the application's own page. Redirects count too.
 */
export const keepOpener = fp(
  async (app) => {
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(KEEP_OPENER);
      done();
    });
  },
  { name: 'keep-opener', dependencies: ['security-headers'] },
);

export const KEEP_OPENER = { 'cross-origin-opener-policy': 'unsafe-none' } as const;
