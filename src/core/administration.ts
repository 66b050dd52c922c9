import type { AuditLog } from './audit/audit-log.ts';
import type { BrandService } from './brand/brand-service.ts';
import type { BoardService } from './calls/board-service.ts';
import type { CallAdministration } from './calls/call-administration.ts';
import type { ClientService } from './clients/client-service.ts';
import type { DeliveryService } from './events/deliveries/delivery-service.ts';
import type { WebhookService } from './events/webhooks/webhook-service.ts';
import type { GrantService } from './grants/grant-service.ts';
import type { UserService } from './people/user-service.ts';
import type { PersonalDataService } from './personal-data/personal-data-service.ts';
import type { Retention } from './retention/retention.ts';
import type { SecondFactorAdministration } from './second-factors/second-factor-administration.ts';
import type { Statistics } from './statistics/statistics-service.ts';

/** What administrators can do, in the console and over the API. */
export interface Administration {
  readonly auditLog: AuditLog;
  readonly boards: BoardService;
  readonly brands: BrandService;
  readonly calls: CallAdministration;
  readonly clients: ClientService;
  readonly deliveries: DeliveryService;
  readonly grants: GrantService;
  readonly personalData: PersonalDataService;
  readonly retention: Retention;
  readonly secondFactors: SecondFactorAdministration;
  readonly statistics: Statistics;
  readonly users: UserService;
  readonly webhooks: WebhookService;
}
