import type { FastifyInstance } from 'fastify';
import type { AuditLog } from '../../core/audit/audit-log.ts';
import type { Retention } from '../../core/retention/retention.ts';
import type { Statistics } from '../../core/statistics/statistics-service.ts';
import { consoleAuditRoutes } from './audit/audit-routes.ts';
import type { BoardParts } from './board/board-routes.ts';
import { boardRoutes } from './board/board-routes.ts';
import { createBoardWatch, type WatchParts } from './board/board-watch.ts';
import { type HangUpParts, hangUpRoutes } from './board/hang-up-routes.ts';
import { chartRoutes } from './charts/chart-routes.ts';
import { type ClientParts, clientRoutes } from './clients/client-routes.ts';
import { clientsRoutes } from './clients/clients-routes.ts';
import { consoleCallRoutes } from './history/call-routes.ts';
import { historyRoutes } from './history/history-routes.ts';
import { type PersonParts, personRoutes } from './person/person-routes.ts';
import { consoleRetentionRoutes } from './retention/retention-routes.ts';
import { accessRoutes } from './users/access-routes.ts';
import { type NewUserParts, newUserRoutes } from './users/new-user-routes.ts';
import { userRoutes } from './users/user-routes.ts';
import type { UserParts } from './users/user-view.ts';
import { usersRoutes } from './users/users-routes.ts';
import { type WebhookParts, webhookRoutes } from './webhooks/webhook-routes.ts';

export interface AreaParts
  extends Omit<BoardParts, 'watch'>,
    WatchParts,
    HangUpParts,
    UserParts,
    NewUserParts,
    PersonParts,
    ClientParts,
    WebhookParts {
  readonly auditLog: AuditLog;
  readonly statistics: Statistics;
  readonly retention: Retention;
}

/** What administrators come for. */
export function areaRoutes(parts: AreaParts) {
  return async (app: FastifyInstance): Promise<void> => {
    await app.register(boardRoutes({ ...parts, watch: createBoardWatch(parts) }));
    await app.register(hangUpRoutes(parts));
    await app.register(historyRoutes(parts.calls));
    await app.register(consoleCallRoutes(parts.calls, parts.deliveries));
    await app.register(usersRoutes(parts.users));
    await app.register(newUserRoutes(parts));
    await app.register(userRoutes(parts));
    await app.register(accessRoutes(parts));
    await app.register(personRoutes(parts));
    await app.register(chartRoutes(parts.statistics));
    await app.register(consoleAuditRoutes(parts.auditLog));
    await app.register(consoleRetentionRoutes(parts.retention));
    await app.register(clientsRoutes(parts));
    await app.register(clientRoutes(parts));
    await app.register(webhookRoutes(parts));
  };
}
