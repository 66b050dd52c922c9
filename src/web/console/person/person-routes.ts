import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { UserService } from '../../../core/people/user-service.ts';
import type { PersonalDataService } from '../../../core/personal-data/personal-data-service.ts';
import type { SecondFactorAdministration } from '../../../core/second-factors/second-factor-administration.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { sendJsonDocument } from '../../../platform/http/export.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { USERS, userAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { DoneQuery } from '../parts/notices.ts';
import { problemIn } from '../parts/problem-page.ts';
import { personBody } from './person-page.ts';

const params = Type.Object({ name: Type.String({ maxLength: 64 }) });
const path = `${USERS}/:name/data`;
const Confirmation = Type.Object({ confirm: Type.Optional(Type.String({ maxLength: 256 })) });

export interface PersonParts {
  readonly users: UserService;
  readonly personalData: PersonalDataService;
  readonly secondFactors: SecondFactorAdministration;
  readonly publicUrl: string;
}

/** What is kept of one person: to take away, and to erase; and second factors that they lost. */
export function personRoutes({ users, personalData, secondFactors, publicUrl }: PersonParts) {
  async function pageOf(
    request: FastifyRequest,
    name: string,
    shown: { done?: string | undefined; wrong?: string } = {},
  ): Promise<Page> {
    const user = await users.findUser(name);
    const factors = await secondFactors.list(name);
    return consolePage({
      title: `Data of ${user.name}`,
      current: USERS,
      administrator: administratorOf(request),
      wide: false,
      body: personBody({ user, factors, ...shown }),
    });
  }

  const errorPage = problemIn(USERS, async (error, request) => {
    if (!(error instanceof InvalidInput)) return undefined;
    const { name } = request.params as Static<typeof params>;
    return pageOf(request, name, { wrong: error.message });
  });

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage } as const;
    const preValidation = sameOriginOnly(publicUrl);

    app.get(
      path,
      { config, schema: { hide: true, params, querystring: DoneQuery } },
      async (request, reply) => sendPage(reply, await pageOf(request, request.params.name, request.query)),
    );

    app.get(
      `${path}/export`,
      { config, exposeHeadRoute: false, schema: { hide: true, params } },
      async (request, reply) =>
        sendJsonDocument(
          reply,
          'person',
          await personalData.exportPerson(request.params.name, actorOf(request)),
        ),
    );

    app.post(
      `${path}/second-factors`,
      { config, preValidation, schema: { hide: true, params } },
      async (request, reply) => {
        await secondFactors.reset(request.params.name, actorOf(request));
        return reply.redirect(`${userAddress(request.params.name)}/data?done=secondFactors`, 303);
      },
    );

    app.post(
      `${path}/erase`,
      { config, preValidation, schema: { hide: true, params, body: Confirmation } },
      async (request, reply) => {
        const { name } = await users.findUser(request.params.name);
        if (request.body.confirm?.trim() !== name)
          throw new InvalidInput(
            'confirm',
            `Enter the user’s name, ${name}, to confirm. Nothing was erased.`,
          );
        await personalData.erasePerson(name, actorOf(request));
        return reply.redirect(`${USERS}?done=erased`, 303);
      },
    );
  };
}
