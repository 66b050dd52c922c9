import fp from 'fastify-plugin';
import './request-context.ts';

/**
 * Completes the challenges of an API, which its 401 and 403 responses have: where its metadata is (RFC 9728 section 5.1), and which scope
 * the route needs (RFC 6750 section 3). Core knows neither.
 */
export const challenges = fp(
  async (app) => {
    app.addHook('onSend', (request, reply, payload, done) => {
      const { api, scopes = [] } = request.routeOptions.config ?? {};
      const given = [reply.getHeader('www-authenticate') ?? []].flat();
      if (api && given.length > 0) {
        const parameters = { resource_metadata: api.metadataUrl, scope: scopes.at(-1) ?? '' };
        const completed = given.map((challenge) => complete(String(challenge), parameters));
        reply.header('www-authenticate', completed);
      }
      done(null, payload);
    });
  },
  { name: 'challenges' },
);

/** Adds the parameters that the challenge lacks. */
function complete(challenge: string, parameters: Readonly<Record<string, string>>): string {
  const missing = Object.entries(parameters).filter(([name]) => !challenge.includes(` ${name}="`));
  return [challenge, ...missing.map(([name, value]) => `${name}="${value}"`)].join(', ');
}
