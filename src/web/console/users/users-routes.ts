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
  page_token: Type.Optional(Type.String({ maxLength: 512 })),
  done: Type.Optional(Type.String({ maxLength: 64 })),
});

const DONE = { erased: 'The person is erased. Their calls lose their numbers in the background.' };

export function usersRoutes(users: UserService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage: problemIn(USERS) } as const;

    app.get(USERS, { config, schema: { hide: true, querystring: Query } }, async (request, reply) => {
      const { name = '', page_token: token, done } = request.query;
      const page = await users.listUsers({ size: PAGE_SIZE, token }, name.trim());
      const body = doneNotice(DONE, done) + usersBody({ name: name.trim(), page });
      return sendPage(
        reply,
        consolePage({ title: 'Users', current: USERS, administrator: administratorOf(request), body }),
      );
    });
  };
}
