import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CannotDisableSelf, UserNotFound } from '../../core/people/people-errors.ts';
import type { PersonalDataService } from '../../core/personal-data/personal-data-service.ts';
import { sendJsonDocument } from '../../platform/http/export.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { dateTime, dateTimeOrNull, textOrNull, texts } from '../../platform/http/openapi/values.ts';
import { actorOf } from '../entry/actor.ts';
import { AdminCall } from '../representations/admin-call.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';
import { limit, UserParams } from './user-schemas.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminUsers];

const { user: _user, duration: _duration, ...callProperties } = AdminCall.properties;
const text = (example: string) => Type.String({ examples: [example] });

const PersonData = Type.Object(
  {
    user: Type.Object({
      id: Type.String({ description: 'The id that the audit log uses.', examples: ['17'] }),
      name: text(SAMPLES.user),
      administrator: Type.Boolean(),
      passwordChangeRequired: Type.Boolean(),
      disabled: Type.Boolean(),
      limit,
      numbers: texts('E.164.', [SAMPLES.caller]),
      sipAddress: textOrNull('Where the user’s phone rings.'),
      createdAt: dateTime('When the user was added.'),
    }),
    grants: Type.Array(
      Type.Object({
        client: text(SAMPLES.client),
        clientName: text(SAMPLES.clientName),
        scopes: texts('What the client may do.', ['call']),
        grantedAt: dateTime('When the user allowed it.'),
        lastUsedAt: dateTimeOrNull('When the client last got a token under this grant; null if never.'),
      }),
    ),
    secondFactors: Type.Array(
      Type.Object({
        kind: text('totp'),
        name: text('Authenticator app'),
        createdAt: dateTime('When it was added.'),
        lastUsedAt: dateTimeOrNull('When it was last used; null if never.'),
      }),
    ),
    calls: Type.Array(Type.Object(callProperties), { description: 'Newest first.' }),
    events: Type.Array(
      Type.Object({
        sequence: Type.Integer({ examples: [5] }),
        call: text(SAMPLES.call),
        state: text('connected'),
        reason: textOrNull('Why the call ended.'),
        endedBy: textOrNull('Who ended the call.'),
        at: dateTime('When it happened.'),
      }),
      { description: 'The transitions of the calls, in order.' },
    ),
    auditLog: Type.Array(
      Type.Object({
        at: dateTime('When it happened.'),
        action: text('consentGiven'),
        actor: Type.String({ description: 'The kind of actor.', examples: ['user'] }),
        byThemselves: Type.Boolean({ description: 'Whether the user was the actor.' }),
        ipAddress: textOrNull('IP address of the user; null for other actors.'),
        client: textOrNull('Id of the client.'),
        subject: textOrNull('Id of the call, webhook or delivery concerned.'),
        details: Type.Record(Type.String(), Type.Unknown()),
      }),
      { description: 'What the user did and what concerned the user, in order.' },
    ),
  },
  { title: 'PersonData', description: 'All data about a person.' },
);

interface AdminUserDataDeps {
  readonly personalData: PersonalDataService;
}

export const adminUserDataRoutes: FastifyPluginAsyncTypebox<AdminUserDataDeps> = async (
  app,
  { personalData },
) => {
  app.get(
    '/admin/users/:name/data',
    {
      config,
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportUserData',
        summary: 'Export all data about a user',
        description: 'One streamed document. If the connection breaks, the document is incomplete.',
        tags,
        params: UserParams,
        response: { 200: answer(PersonData, 'The document.') },
        errors: [UserNotFound],
      },
    },
    async (request, reply) =>
      sendJsonDocument(
        reply,
        'person',
        await personalData.exportPerson(request.params.name, actorOf(request)),
      ),
  );

  app.delete(
    '/admin/users/:name',
    {
      config,
      schema: {
        operationId: 'eraseUser',
        summary: 'Erase a user',
        description:
          'Ends the user’s calls, sessions and grants; removes name, numbers and password; and removes the phone numbers and the clients’ data from the user’s calls, which may take a few minutes. The name becomes available again. This cannot be undone.',
        tags,
        params: UserParams,
        response: { 204: empty('The user is erased.') },
        errors: [UserNotFound, CannotDisableSelf],
      },
    },
    async (request, reply) => {
      await personalData.erasePerson(request.params.name, actorOf(request));
      return reply.code(204).send();
    },
  );
};
