import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallAdministration } from '../calls/call-administration.ts';
import { LARGEST_LIMIT } from '../config.ts';
import { InvalidInput } from '../domain-error.ts';
import { NoQuery, pageParameters, readPageSize } from '../http/query.ts';
import { represent } from '../http/representation.ts';
import { isUserName, type User, type UserService } from '../people/user-service.ts';
import { adminCall } from './call-representation.ts';

const Page = Type.Object(pageParameters, { additionalProperties: false });
const One = Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }) });
const Limit = Type.Object(
  { limit: Type.Integer({ minimum: 0, maximum: LARGEST_LIMIT }) },
  { additionalProperties: false },
);
const Numbers = Type.Object(
  { numbers: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 20 }) },
  { additionalProperties: false },
);
const Disabled = Type.Object({ disabled: Type.Boolean() }, { additionalProperties: false });

export function adminUserRoutes(users: UserService, calls: CallAdministration) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/users', { config, schema: { querystring: Page } }, async ({ query }) => {
      const size = readPageSize(query.page_size);
      const found = await users.listUsers(readPageToken(query.page_token), size + 1);
      const page = found.slice(0, size);
      const last = found.length > size ? page.at(-1) : undefined;
      return {
        users: page.map(adminUser),
        nextPageToken: last && writePageToken(last.name),
      };
    });

    /** The status of a user: how many calls are allowed, how many go on, and which. */
    app.get(
      '/admin/users/:name/calls',
      { config, schema: { params: One, querystring: NoQuery } },
      async (request, reply) => {
        const user = await users.findUser(request.params.name);
        const { limit, ongoing } = adminUser(user);
        const { calls: ongoingCalls } = await calls.listCalls(
          { userName: user.name, ongoing: true },
          Math.max(1, ongoing),
        );
        const now = new Date();
        const shown = ongoingCalls.map((call) => adminCall(call, now));
        return represent(request, reply, {
          json: { user: user.name, limit, ongoing, calls: shown },
          xml: { user: { name: user.name, limit, ongoing, calls: { call: shown } } },
        });
      },
    );

    app.put(
      '/admin/users/:name/limit',
      { config, schema: { params: One, body: Limit } },
      async ({ params, body }) => adminUser(await users.setLimit(params.name, body.limit)),
    );

    /** Replaces all; the first is the default. */
    app.put(
      '/admin/users/:name/numbers',
      { config, schema: { params: One, body: Numbers } },
      async ({ params, body }) => adminUser(await users.setNumbers(params.name, body.numbers)),
    );

    app.put(
      '/admin/users/:name/disabled',
      { config, schema: { params: One, body: Disabled } },
      async ({ params, body }) => adminUser(await users.setDisabled(params.name, body.disabled)),
    );
  };
}

function adminUser({
  name,
  administrator,
  disabled,
  maxOngoingCalls,
  ongoingCalls,
  numbers,
  createdAt,
}: User) {
  return { name, administrator, disabled, limit: maxOngoingCalls, ongoing: ongoingCalls, numbers, createdAt };
}

function readPageToken(token: string | undefined): string {
  if (token === undefined) return '';
  const name = Buffer.from(token, 'base64url').toString();
  if (!isUserName(name) || writePageToken(name) !== token) {
    throw new InvalidInput('page_token', 'page_token must be a nextPageToken as this server gave it');
  }
  return name;
}

function writePageToken(name: string): string {
  return Buffer.from(name).toString('base64url');
}
