import type { FastifyInstance } from 'fastify';
import type { AccountParts } from './account-parts.ts';
import { applicationsRoutes } from './applications-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import { securityRoutes } from './security-routes.ts';
import { accountSignInRoutes } from './sign-in-routes.ts';

/** My account: what people see and do of their own calls, applications and sign-in. */
export function account(parts: AccountParts) {
  return async (app: FastifyInstance): Promise<void> => {
    await app.register(accountSignInRoutes(parts));
    await app.register(overviewRoutes(parts));
    await app.register(historyRoutes(parts));
    await app.register(applicationsRoutes(parts));
    await app.register(securityRoutes(parts));
  };
}
