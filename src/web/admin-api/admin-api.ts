import type { Administration } from '../../core/administration.ts';
import { strictQueries } from '../../platform/http/strict-queries.ts';
import { surface } from '../surface.ts';
import { adminAuditRoutes } from './audit-routes.ts';
import { adminBoardRoutes } from './board-routes.ts';
import { adminBrandRoutes } from './brand-routes.ts';
import { adminCallRoutes } from './call-routes.ts';
import { adminClientRoutes } from './client-routes.ts';
import { adminClientSettingsRoutes } from './client-settings-routes.ts';
import { adminDeliveryRoutes } from './delivery-routes.ts';
import { adminGrantRoutes } from './grant-routes.ts';
import { adminRetentionRoutes } from './retention-routes.ts';
import { adminSecondFactorRoutes } from './second-factor-routes.ts';
import { adminStatisticsRoutes } from './statistics-routes.ts';
import { adminUserDataRoutes } from './user-data-routes.ts';
import { adminUserRoutes } from './user-routes.ts';
import { adminUserSettingsRoutes } from './user-settings-routes.ts';
import { adminWebhookRoutes } from './webhook-routes.ts';

export interface AdminApiDeps {
  readonly administration: Administration;
  /** The limit of ongoing calls for users added without one. */
  readonly defaultLimit: number;
  readonly publicUrl: string;
}

/** The API for administrators, below /admin. */
export const adminApi = surface<AdminApiDeps>(
  'admin-api',
  async (app, { administration, defaultLimit, publicUrl }) => {
    const { auditLog, boards, brands, calls, clients, deliveries, grants } = administration;
    const { personalData, retention, secondFactors, statistics, users, webhooks } = administration;

    await app.register(strictQueries);
    await app.register(adminUserRoutes, { users, calls, defaultLimit });
    await app.register(adminUserSettingsRoutes, { users });
    await app.register(adminUserDataRoutes, { personalData });
    await app.register(adminSecondFactorRoutes, { secondFactors });
    await app.register(adminCallRoutes, { calls });
    await app.register(adminAuditRoutes, { auditLog });
    await app.register(adminBoardRoutes, { boards });
    await app.register(adminStatisticsRoutes, { statistics });
    await app.register(adminBrandRoutes, { brands, publicUrl });
    await app.register(adminRetentionRoutes, { retention });
    await app.register(adminClientRoutes, { clients });
    await app.register(adminClientSettingsRoutes, { clients });
    await app.register(adminGrantRoutes, { grants, users, clients });
    await app.register(adminWebhookRoutes, { webhooks, deliveries, clients });
    await app.register(adminDeliveryRoutes, { webhooks, deliveries, calls });
  },
);
