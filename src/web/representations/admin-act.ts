import { type Static, Type } from 'typebox';
import { ACTIONS } from '../../core/audit/act.ts';
import { ACTORS } from '../../core/audit/actor.ts';
import { dateTime, oneOf, textOrNull } from '../../platform/http/openapi/values.ts';
import { SAMPLES } from './samples.ts';

export const AdminAct = Type.Object(
  {
    id: Type.String({ description: 'Digits; a later act has a higher id.', examples: ['2048'] }),
    at: dateTime('When the act happened.'),
    action: oneOf(ACTIONS, 'What was done.', 'webhookAdded'),
    actor: oneOf(ACTORS, 'Kind of actor.', 'application'),
    actorUserId: textOrNull('Id of the user who acted.'),
    actorUser: textOrNull('Name of that user; null after the user was removed.'),
    actorClientId: textOrNull(
      'Id of the client that acted, or through which the user acted.',
      SAMPLES.client,
    ),
    actorClientName: textOrNull('Name of that client; null after the client was removed.'),
    ipAddress: textOrNull('IP address of the actor.', '192.0.2.7'),
    userId: textOrNull('Id of the user whom the act concerns.'),
    user: textOrNull('Name of that user; null after the user was removed.'),
    clientId: textOrNull('Id of the client that the act concerns.', SAMPLES.client),
    clientName: textOrNull('Name of that client; null after the client was removed.'),
    subject: textOrNull('Id of what else the act concerns: a call, a webhook, a delivery.', SAMPLES.webhook),
    details: Type.Unsafe<Readonly<Record<string, unknown>>>({
      type: 'object',
      additionalProperties: true,
      description: 'What changed and why; depends on the action.',
      examples: [{ host: 'crm.example' }],
    }),
  },
  { title: 'Act', description: 'An entry of the audit log.' },
);
export type AdminAct = Static<typeof AdminAct>;
