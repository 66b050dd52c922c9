import { type Static, Type } from 'typebox';
import { ACTIONS } from '../../core/audit/act.ts';
import type { AuditFilter } from '../../core/audit/audit-log.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { readTime, timeParameter } from '../../platform/http/query.ts';

const name = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 64, description }));

/** The query parameters that narrow the audit log down. */
export const auditParameters = {
  action: Type.Optional(oneOf(ACTIONS, 'What was done.')),
  actor: name('The name of the user who did it.'),
  user: name('The name of the user whom it concerns.'),
  client: name('The id of the client that it concerns.'),
  from: timeParameter('Done then or later'),
  to: timeParameter('Done before'),
};

export const AuditQuery = Type.Object(auditParameters);
export type AuditQuery = Static<typeof AuditQuery>;

/** @throws InvalidInput for a time that is none */
export function readAuditFilter({ action, actor, user, client, from, to }: AuditQuery): AuditFilter {
  return {
    action,
    actorName: actor,
    userName: user,
    clientId: client,
    from: from === undefined ? undefined : readTime('from', from),
    to: to === undefined ? undefined : readTime('to', to),
  };
}
