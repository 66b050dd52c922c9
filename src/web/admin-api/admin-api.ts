import type { AuditLog } from '../../core/audit/audit-log.ts';
import type { BoardService } from '../../core/calls/board-service.ts';
import type { CallAdministration } from '../../core/calls/call-administration.ts';
import type { ClientService } from '../../core/clients/client-service.ts';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import type { GrantService } from '../../core/grants/grant-service.ts';
import type { UserService } from '../../core/people/user-service.ts';
import type { PersonalDataService } from '../../core/personal-data/personal-data-service.ts';
import type { Retention } from '../../core/retention/retention.ts';
import type { SecondFactorAdministration } from '../../core/second-factors/second-factor-administration.ts';
import type { Statistics } from '../../core/statistics/statistics-service.ts';
import { surface } from '../surface.ts';
import { adminAuditRoutes } from './audit-routes.ts';
import { adminBoardRoutes } from './board-routes.ts';
import { adminCallRoutes } from './call-routes.ts';
import { adminClientRoutes } from './client-routes.ts';
import { adminGrantRoutes } from './grant-routes.ts';
import { adminRetentionRoutes } from './retention-routes.ts';
import { adminSecondFactorRoutes } from './second-factor-routes.ts';
import { adminStatisticsRoutes } from './statistics-routes.ts';
import { adminUserDataRoutes } from './user-data-routes.ts';
import { adminUserRoutes } from './user-routes.ts';
import { adminUserSettingsRoutes } from './user-settings-routes.ts';
import { adminWebhookRoutes } from './webhook-routes.ts';

export interface AdminApiDeps {
  readonly auditLog: AuditLog;
  readonly boards: BoardService;
  readonly calls: CallAdministration;
  readonly clients: ClientService;
  /** The limit of ongoing calls for users added without one. */
  readonly defaultLimit: number;
  readonly deliveries: DeliveryService;
  readonly grants: GrantService;
  readonly personalData: PersonalDataService;
  readonly retention: Retention;
  readonly secondFactors: SecondFactorAdministration;
  readonly statistics: Statistics;
  readonly users: UserService;
  readonly webhooks: WebhookService;
}

/** The API for administrators, below /admin. */
export const adminApi = surface<AdminApiDeps>('admin-api', async (app, deps) => {
  const { auditLog, boards, calls, clients, defaultLimit, deliveries, grants } = deps;
  const { personalData, retention, secondFactors, statistics, users, webhooks } = deps;

  await app.register(adminUserRoutes, { users, calls, defaultLimit });
  await app.register(adminUserSettingsRoutes, { users });
  await app.register(adminUserDataRoutes, { personalData });
  await app.register(adminSecondFactorRoutes, { secondFactors });
  await app.register(adminCallRoutes, { calls });
  await app.register(adminAuditRoutes, { auditLog });
  await app.register(adminBoardRoutes, { boards });
  await app.register(adminStatisticsRoutes, { statistics });
  await app.register(adminRetentionRoutes, { retention });
  await app.register(adminClientRoutes, { clients });
  await app.register(adminGrantRoutes, { grants, users, clients });
  await app.register(adminWebhookRoutes, { webhooks, deliveries, clients, calls });
});
