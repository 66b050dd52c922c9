import { type Static, Type } from 'typebox';
import { ACTIONS } from '../../core/audit/act.ts';
import type { AuditFilter } from '../../core/audit/audit-log.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../core/clients/document-client.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { timeParameter } from '../../platform/http/query.ts';
import { readTime } from '../../platform/time-formats.ts';

const name = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 64, description }));

/** The query parameters that filter the audit log. */
export const auditParameters = {
  action: Type.Optional(oneOf(ACTIONS, 'What was done.')),
  actor: name('Name of the user who acted.'),
  user: name('Name of the user whom the act concerns.'),
  client: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_CLIENT_ID_LENGTH,
      description: 'Id of the client that the act concerns.',
    }),
  ),
  from: timeParameter('At or after this time'),
  to: timeParameter('Before this time'),
};

export const AuditQuery = Type.Object(auditParameters);
export type AuditQuery = Static<typeof AuditQuery>;

/** @throws InvalidInput for an invalid time */
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
