import { type Static, Type } from 'typebox';
import { ACTIONS } from '../../core/audit/act.ts';
import { ACTORS } from '../../core/audit/actor.ts';
import { dateTime, oneOf, textOrNull } from '../../platform/http/openapi/values.ts';

export const AdminAct = Type.Object(
  {
    id: Type.String({ description: 'Digits; counts up.' }),
    at: dateTime('When it was done.'),
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
