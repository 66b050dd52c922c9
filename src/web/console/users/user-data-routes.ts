import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { type Static, Type } from 'typebox';
import type { User, UserService } from '../../../core/people/user-service.ts';
import type { PersonalDataService } from '../../../core/personal-data/personal-data-service.ts';
import type { SecondFactorAdministration } from '../../../core/second-factors/second-factor-administration.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { sendJsonDocument } from '../../../platform/http/export.ts';
import { actionButton, table, textField, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { USERS, userAddress } from '../addresses.ts';
import { DoneQuery, typedText } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { SECOND_FACTOR_WORDS } from '../records.ts';

const params = Type.Object({ name: Type.String({ maxLength: 64 }) });
const path = `${USERS}/:name/data`;
const Confirmation = Type.Object({ confirm: typedText(256) });

const DONE = {
  secondFactors: 'The second factors are removed. The user can set up new ones in the console.',
};

interface ConsoleUserDataDeps {
  readonly users: UserService;
  readonly personalData: PersonalDataService;
  readonly secondFactors: SecondFactorAdministration;
}

/** Exporting and erasing the data of a user, and removing lost second factors. */
export const consoleUserDataRoutes: FastifyPluginAsyncTypebox<ConsoleUserDataDeps> = async (
  app,
  { users, personalData, secondFactors },
) => {
  async function pageOf(
    request: FastifyRequest,
    given: { readonly done?: string | undefined; readonly wrong?: string },
  ): Promise<Page> {
    const { name } = request.params as Static<typeof params>;
    const user = await users.findUser(name);
    const factors = await secondFactors.list(name);
    const title = `Data of ${user.name}`;
    const body = bodyOf({ user, factors, ...given });
    return consolePage(request, { title, current: USERS, wide: false, body });
  }

  const errorPage = errorPageIn(USERS, async (error, request) =>
    error instanceof InvalidInput ? pageOf(request, { wrong: error.message }) : undefined,
  );
  const config = { entry: 'console', errorPage } as const;

  app.get(path, { config, schema: { hide: true, params, querystring: DoneQuery } }, async (request, reply) =>
    sendPage(reply, await pageOf(request, request.query)),
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

  app.post(`${path}/second-factors`, { config, schema: { hide: true, params } }, async (request, reply) => {
    await secondFactors.reset(request.params.name, actorOf(request));
    return reply.redirect(`${userAddress(request.params.name)}/data?done=secondFactors`, 303);
  });

  app.post(
    `${path}/erase`,
    { config, schema: { hide: true, params, body: Confirmation } },
    async (request, reply) => {
      const { name } = await users.findUser(request.params.name);
      if (request.body.confirm?.trim() !== name)
        throw new InvalidInput('confirm', `Enter the user’s name, ${name}, to confirm. Nothing was erased.`);
      await personalData.erasePerson(name, actorOf(request));
      return reply.redirect(`${USERS}?done=erased`, 303);
    },
  );
};

function bodyOf({
  user,
  factors,
  done,
  wrong,
}: {
  readonly user: User;
  readonly factors: Awaited<ReturnType<SecondFactorAdministration['list']>>;
  readonly done?: string | undefined;
  readonly wrong?: string;
}): string {
  const address = userAddress(user.name);
  return html`!${doneNotice(DONE, done)}!${problemNotice(wrong)}
    <p><a href="${address}">Back to ${user.name}</a></p>
    <h2>Export</h2>
    <p>All data about this person as one JSON document: profile, numbers, grants, calls with their events, and the entries of
      the audit log.</p>
    <p><a class="button quiet" href="${address}/data/export" download>Export</a></p>
    <h2>Second factors</h2>
    !${table({
      caption: 'What the console asks this user for in addition to the password',
      columns: ['Name', 'Kind', 'Added', 'Last used'],
      rows: factors.map(({ name, kind, createdAt, lastUsedAt }) => [
        html`${name}`,
        SECOND_FACTOR_WORDS[kind],
        time(createdAt),
        lastUsedAt ? time(lastUsedAt) : 'never',
      ]),
      empty: 'No second factors.',
    })}
    !${factors.length === 0 ? '' : html`<p>!${actionButton({ action: `${address}/data/second-factors`, text: 'Remove second factors', tone: 'danger' })}</p>`}
    <h2>Erase</h2>
    <p>Ends the user’s calls and sessions, removes all grants, and deletes the name, numbers and password. The calls stay,
      without numbers, for the statistics. This cannot be undone.</p>
    <form method="post" action="${address}/data/erase" class="card">
      !${textField({ name: 'confirm', label: 'Enter the user’s name to confirm', required: true, autocomplete: 'off' })}
      <button type="submit" class="danger">Erase ${user.name}</button>
    </form>`;
}
