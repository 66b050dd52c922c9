import { type Static, Type } from '@fastify/type-provider-typebox';
import { ACTIONS } from '../audit/act.ts';
import { ACTORS } from '../audit/actor.ts';
import { exportResponse, format } from '../http/export.ts';
import { TAGS } from '../http/openapi/operation.ts';
import { oneOf, textOrNull, time } from '../http/openapi/values.ts';
import { nextPageToken, pageParameters, timeParameter } from '../http/query.ts';

const tags = [TAGS.adminAuditLog];
const name = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 64, description }));

const filters = {
  action: Type.Optional(oneOf(ACTIONS, 'What was done.')),
  actor: name('The name of the user who did it.'),
  user: name('The name of the user whom it concerns.'),
  client: name('The id of the client that it concerns.'),
  from: timeParameter('Done then or later'),
  to: timeParameter('Done before'),
};

export const AdminAct = Type.Object(
  {
    id: Type.String({ description: 'Digits; counts up.' }),
    at: time('When it was done.'),
    action: oneOf(ACTIONS, 'What was done.'),
    actor: oneOf(ACTORS, 'What kind of actor did it.'),
    actorUserId: textOrNull('The user who did it, by id.'),
    actorUser: textOrNull('The same by name; null once the user is gone.'),
    actorClientId: textOrNull('The client that did it, or through which the user did, by id.'),
    actorClientName: textOrNull('Its name; null once the client is gone.'),
    ipAddress: textOrNull('Where it was done from.'),
    userId: textOrNull('The user whom it concerns, by id.'),
    user: textOrNull('The same by name; null once the user is gone.'),
    clientId: textOrNull('The client that it concerns, by id.'),
    clientName: textOrNull('Its name; null once the client is gone.'),
    subject: textOrNull('What else it concerns, by id: a call, a webhook, a delivery.'),
    details: Type.Unsafe<Readonly<Record<string, unknown>>>({
      type: 'object',
      additionalProperties: true,
      description: 'What changed, and why; depends on the action.',
    }),
  },
  { title: 'Act', description: 'An act that the audit log tells of.' },
);
export type AdminAct = Static<typeof AdminAct>;

export const listAuditLog = {
  operationId: 'listAuditLog',
  summary: 'Read the audit log',
  description:
    'Who did what that concerns security, when and from where; newest first. Every parameter narrows the list down. Nothing is ever changed in it or removed from it.',
  tags,
  querystring: Type.Object({ ...filters, ...pageParameters }, { additionalProperties: false }),
  response: {
    200: Type.Object({ acts: Type.Array(AdminAct), nextPageToken }, { description: 'A page of acts.' }),
  },
};

export const exportAuditLog = {
  operationId: 'exportAuditLog',
  summary: 'Export the audit log',
  description: 'All acts that the parameters leave, newest first. The export is itself recorded.',
  tags,
  querystring: Type.Object({ format, ...filters }, { additionalProperties: false }),
  response: { 200: exportResponse },
};
