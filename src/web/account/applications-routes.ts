import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import {
  type CallCounts,
  MAX_COUNTED_CALLS,
  type UserCallService,
} from '../../core/calls/user-call-service.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../core/clients/document-client.ts';
import type { GrantService, RememberedGrant } from '../../core/grants/grant-service.ts';
import { scopes } from '../../core/tokens/access-token.ts';
import { actionButton, table, time } from '../../platform/http/pages/elements.ts';
import { doneNotice } from '../../platform/http/pages/notices.ts';
import { sendPage } from '../../platform/http/pages/page.ts';
import { actorOf } from '../entry/actor.ts';
import { ACCOUNT_APPLICATIONS, accountPage, signedInUserOf } from './account-page.ts';

const config = { entry: 'user' } as const;
const Query = Type.Object({ done: Type.Optional(Type.String()) });
const params = Type.Object({ client: Type.String({ maxLength: MAX_CLIENT_ID_LENGTH }) });

const DONE = { withdrawn: 'Access removed. The application has no tokens, and its calls have ended.' };

interface AccountApplicationsDeps {
  readonly calls: UserCallService;
  readonly grants: GrantService;
}

/** The page of the user's applications, and removing their access. */
export const accountApplicationsRoutes: FastifyPluginAsyncTypebox<AccountApplicationsDeps> = async (
  app,
  { calls, grants },
) => {
  app.get(
    ACCOUNT_APPLICATIONS,
    { config, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const { userId, name } = signedInUserOf(request);
      const [granted, counts] = await Promise.all([grants.listGrants(name), calls.countCalls(userId)]);
      const body = doneNotice(DONE, request.query.done) + renderBody(granted, counts);
      const page = accountPage(request, {
        title: 'Applications',
        current: ACCOUNT_APPLICATIONS,
        wide: true,
        body,
      });
      return sendPage(reply, page);
    },
  );

  app.post(
    `${ACCOUNT_APPLICATIONS}/:client/withdraw`,
    { config, schema: { hide: true, params } },
    async (request, reply) => {
      await grants.withdraw(signedInUserOf(request).name, request.params.client, actorOf(request));
      return reply.redirect(`${ACCOUNT_APPLICATIONS}?done=withdrawn`, 303);
    },
  );
};

function renderBody(grants: readonly RememberedGrant[], counts: CallCounts): string {
  return html`
    <p>These applications may act for you. If you remove an application’s access, its tokens stop working and the calls that it
      opened for you end.</p>
    !${table({
      caption: 'Applications that you allowed, oldest first',
      columns: ['Application', 'May', 'Allowed', 'Last used', 'Calls made', 'Access'],
      rows: grants.map((grant) => renderRow(grant, counts)),
      empty: 'You have not allowed any application yet.',
    })}
    !${counts.truncated ? html`<p class="soft">Counted among your last ${MAX_COUNTED_CALLS.toLocaleString('en')} calls.</p>` : ''}`;
}

function renderRow(grant: RememberedGrant, { byClient, truncated }: CallCounts): string[] {
  const { clientId, clientName, grantedAt, lastUsedAt } = grant;
  const { calls = 0, lastAt } = byClient.get(clientId) ?? {};
  const lastUse = Math.max(lastUsedAt?.getTime() ?? 0, lastAt?.getTime() ?? 0);
  const count = Math.min(calls, MAX_COUNTED_CALLS).toLocaleString('en');
  return [
    html`<strong>${clientName}</strong>`,
    html`<ul class="plain">!${grant.scopes.map((scope) => html`<li>${scopes[scope] ?? scope}</li>`)}</ul>`,
    time(grantedAt),
    lastUse === 0 ? 'never' : time(new Date(lastUse)),
    truncated ? `${count}+` : count,
    actionButton({
      action: `${ACCOUNT_APPLICATIONS}/${encodeURIComponent(clientId)}/withdraw`,
      text: 'Remove access',
      label: `Remove access of ${clientName}`,
      tone: 'danger',
    }),
  ];
}
