import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallAdministration } from '../../core/calls/call-administration.ts';
import type { User, UserService } from '../../core/people/user-service.ts';
import type { PersonalDataService } from '../../core/personal-data/personal-data-service.ts';
import { sendJsonDocument } from '../../platform/http/export.ts';
import { readPage } from '../../platform/http/query.ts';
import { represent } from '../../platform/http/representation.ts';
import { actorOf } from '../entry/actor.ts';
import { adminCall, adminCallInXml } from '../representations/call-representation.ts';
import { eraseUser, exportData } from './person-data-operations.ts';
import {
  type AdminUser,
  addUser,
  findUser,
  listUsers,
  setDisabled,
  setLimit,
  setNumbers,
  setPassword,
  setSipAddress,
  showUserCalls,
} from './user-operations.ts';

export interface UserRouteDeps {
  readonly users: UserService;
  readonly personalData: PersonalDataService;
  readonly calls: CallAdministration;
  /** Of ongoing calls, for users added without one. */
  readonly defaultLimit: number;
}

export function adminUserRoutes({ users, personalData, calls, defaultLimit }: UserRouteDeps) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/users', { config, schema: listUsers }, async ({ query }) => {
      const { items, nextPageToken } = await users.listUsers(readPage(query), query.name_prefix);
      return { users: items.map(adminUser), nextPageToken };
    });

    app.post('/admin/users', { config, schema: addUser }, async (request, reply) => {
      const { limit: maxOngoingCalls = defaultLimit, ...added } = request.body;
      const user = await users.addUser({ ...added, maxOngoingCalls }, actorOf(request));
      return reply.code(201).send(adminUser(user));
    });

    app.get('/admin/users/:name', { config, schema: findUser }, async ({ params }) =>
      adminUser(await users.findUser(params.name)),
    );

    /** The status of a user: how many calls are allowed, how many go on, and which. */
    app.get('/admin/users/:name/calls', { config, schema: showUserCalls }, async (request, reply) => {
      const user = await users.findUser(request.params.name);
      const { limit, ongoing } = adminUser(user);
      const { items: ongoingCalls } = await calls.listCalls(
        { userName: user.name, ongoing: true },
        { size: Math.max(1, ongoing) },
      );
      const now = new Date();
      const shown = ongoingCalls.map((call) => adminCall(call, now));
      return represent(request, reply, {
        json: { user: user.name, limit, ongoing, calls: shown },
        xml: { user: { name: user.name, limit, ongoing, calls: { call: shown.map(adminCallInXml) } } },
      });
    });

    app.put('/admin/users/:name/limit', { config, schema: setLimit }, async (request) =>
      adminUser(await users.setLimit(request.params.name, request.body.limit, actorOf(request))),
    );

    /** Replaces all; the first is the default. */
    app.put('/admin/users/:name/numbers', { config, schema: setNumbers }, async (request) =>
      adminUser(await users.setNumbers(request.params.name, request.body.numbers, actorOf(request))),
    );

    app.put('/admin/users/:name/sip-address', { config, schema: setSipAddress }, async (request) =>
      adminUser(await users.setSipAddress(request.params.name, request.body.sipAddress, actorOf(request))),
    );

    app.put('/admin/users/:name/password', { config, schema: setPassword }, async (request, reply) => {
      await users.setPassword(request.params.name, request.body.password, actorOf(request));
      return reply.code(204).send();
    });

    app.put('/admin/users/:name/disabled', { config, schema: setDisabled }, async (request) =>
      adminUser(await users.setDisabled(request.params.name, request.body.disabled, actorOf(request))),
    );

    app.get(
      '/admin/users/:name/data',
      { config, exposeHeadRoute: false, schema: exportData },
      async (request, reply) =>
        sendJsonDocument(
          reply,
          'person',
          await personalData.exportPerson(request.params.name, actorOf(request)),
        ),
    );

    app.delete('/admin/users/:name', { config, schema: eraseUser }, async (request, reply) => {
      await personalData.erasePerson(request.params.name, actorOf(request));
      return reply.code(204).send();
    });
  };
}

function adminUser({
  name,
  administrator,
  disabled,
  maxOngoingCalls: limit,
  ongoingCalls: ongoing,
  numbers,
  sipAddress,
  createdAt,
}: User): AdminUser {
  return { name, administrator, disabled, limit, ongoing, numbers, sipAddress, createdAt };
}
