import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { UserService } from '../../../core/people/user-service.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { USERS } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { usersBody } from './users-page.ts';

const PAGE_SIZE = 50;
const Query = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 64 })),
  after: Type.Optional(Type.String({ maxLength: 64 })),
  done: Type.Optional(Type.String({ maxLength: 64 })),
});

const DONE = { erased: 'The person is erased. Their calls lose their numbers in the background.' };

export function usersRoutes(users: UserService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage: problemIn(USERS) } as const;

    app.get(USERS, { config, schema: { hide: true, querystring: Query } }, async (request, reply) => {
      const { name = '', after = '', done } = request.query;
      const found = await users.listUsers(after, PAGE_SIZE + 1, name.trim());
      const page = found.slice(0, PAGE_SIZE);
      const next = found.length > PAGE_SIZE ? page.at(-1)?.name : undefined;
      const body = doneNotice(DONE, done) + usersBody({ name: name.trim(), users: page, next });
      return sendPage(
        reply,
        consolePage({ title: 'Users', current: USERS, administrator: administratorOf(request), body }),
      );
    });
  };
}
