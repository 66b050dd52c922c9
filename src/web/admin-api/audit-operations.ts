import { Type } from 'typebox';
import { exportResponse, format } from '../../platform/http/export.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { nextPageToken, pageParameters } from '../../platform/http/query.ts';
import { AdminAct } from '../representations/act-representation.ts';
import { auditParameters } from '../representations/audit-query.ts';

const tags = [TAGS.adminAuditLog];

export const listAuditLog = {
  operationId: 'listAuditLog',
  summary: 'Read the audit log',
  description:
    'Who did what that concerns security, when and from where; newest first. Every parameter narrows the list down. Nothing is ever changed in it or removed from it.',
  tags,
  querystring: Type.Object({ ...auditParameters, ...pageParameters }, { additionalProperties: false }),
  response: {
    200: Type.Object({ acts: Type.Array(AdminAct), nextPageToken }, { description: 'A page of acts.' }),
  },
};

export const exportAuditLog = {
  operationId: 'exportAuditLog',
  summary: 'Export the audit log',
  description: 'All acts that the parameters leave, newest first. The export is itself recorded.',
  tags,
  querystring: Type.Object({ format, ...auditParameters }, { additionalProperties: false }),
  response: { 200: exportResponse },
};
