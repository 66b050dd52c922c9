import { type Static, Type } from 'typebox';
import { ACTIONS } from '../../core/audit/act.ts';
import { ACTORS } from '../../core/audit/actor.ts';
import { dateTime, oneOf, textOrNull } from '../../platform/http/openapi/values.ts';

export const AdminAct = Type.Object(
  {
    id: Type.String({ description: 'Digits; later entries have higher ids.' }),
    at: dateTime('When the action happened.'),
    action: oneOf(ACTIONS, 'The action.'),
    actor: oneOf(ACTORS, 'The kind of actor.'),
    actorUserId: textOrNull('Id of the user who acted.'),
    actorUser: textOrNull('Name of the user who acted; null if the user has been removed.'),
    actorClientId: textOrNull('Id of the client that acted, or through which the user acted.'),
    actorClientName: textOrNull('Name of that client; null if it has been removed.'),
    ipAddress: textOrNull('IP address that the action came from.'),
    userId: textOrNull('Id of the affected user.'),
    user: textOrNull('Name of the affected user; null if the user has been removed.'),
    clientId: textOrNull('Id of the affected client.'),
    clientName: textOrNull('Name of the affected client; null if it has been removed.'),
    subject: textOrNull('Id of the affected call, webhook or delivery.'),
    details: Type.Unsafe<Readonly<Record<string, unknown>>>({
      type: 'object',
      additionalProperties: true,
      description: 'What changed and why; depends on the action.',
    }),
  },
  { title: 'Act', description: 'An entry of the audit log.' },
);
export type AdminAct = Static<typeof AdminAct>;
