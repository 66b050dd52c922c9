import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import {
  type CallCounts,
  MAX_COUNTED_CALLS,
  type PersonCallService,
} from '../../core/calls/person-call-service.ts';
import type { GrantService, RememberedGrant } from '../../core/grants/grant-service.ts';
import { scopes } from '../../core/tokens/access-token.ts';
import { actionButton, table, time } from '../../platform/http/pages/elements.ts';
import { doneNotice } from '../../platform/http/pages/notices.ts';
import { sendPage } from '../../platform/http/pages/page.ts';
import { actorOf } from '../entry/actor.ts';
import { APPLICATIONS, accountPage, signedInUserOf } from './account-page.ts';

const config = { entry: 'user' } as const;
const Query = Type.Object({ done: Type.Optional(Type.String()) });
const params = Type.Object({ client: Type.String({ maxLength: 256 }) });

const DONE = { withdrawn: 'Access removed. The application has no tokens, and its calls have ended.' };

interface ApplicationsDeps {
  readonly calls: PersonCallService;
  readonly grants: GrantService;
}

/** The applications that may act for the person, and removing their access. */
export const accountApplicationsRoutes: FastifyPluginAsyncTypebox<ApplicationsDeps> = async (
  app,
  { calls, grants },
) => {
  app.get(APPLICATIONS, { config, schema: { hide: true, querystring: Query } }, async (request, reply) => {
    const { userId, name } = signedInUserOf(request);
    const [granted, counted] = await Promise.all([grants.listGrants(name), calls.countCalls(userId)]);
    const body = doneNotice(DONE, request.query.done) + bodyOf(granted, counted);
    const page = accountPage(request, { title: 'Applications', current: APPLICATIONS, wide: true, body });
    return sendPage(reply, page);
  });

  app.post(
    `${APPLICATIONS}/:client/withdraw`,
    { config, schema: { hide: true, params } },
    async (request, reply) => {
      await grants.withdraw(signedInUserOf(request).name, request.params.client, actorOf(request));
      return reply.redirect(`${APPLICATIONS}?done=withdrawn`, 303);
    },
  );
};

function bodyOf(grants: readonly RememberedGrant[], counted: CallCounts): string {
  return html`
    <p>These applications may act for you. If you remove an application’s access, its tokens stop working and the calls that it
      opened for you end.</p>
    !${table({
      caption: 'Applications that you allowed, oldest first',
      columns: ['Application', 'May', 'Allowed', 'Last used', 'Calls made', 'Access'],
      rows: grants.map((grant) => row(grant, counted)),
      empty: 'You have not allowed any application yet.',
    })}
    !${counted.truncated ? html`<p class="soft">Counted among your last ${MAX_COUNTED_CALLS.toLocaleString('en')} calls.</p>` : ''}`;
}

function row(grant: RememberedGrant, { byClient, truncated }: CallCounts): string[] {
  const { clientId, clientName, grantedAt, lastUsedAt } = grant;
  const { calls = 0, lastAt } = byClient.get(clientId) ?? {};
  const lastUse = Math.max(lastUsedAt?.getTime() ?? 0, lastAt?.getTime() ?? 0);
  const shown = Math.min(calls, MAX_COUNTED_CALLS).toLocaleString('en');
  return [
    html`<strong>${clientName}</strong>`,
    html`<ul class="plain">!${grant.scopes.map((scope) => html`<li>${scopes[scope] ?? scope}</li>`)}</ul>`,
    time(grantedAt),
    lastUse === 0 ? 'never' : time(new Date(lastUse)),
    truncated ? `${shown}+` : shown,
    actionButton({
      action: `${APPLICATIONS}/${encodeURIComponent(clientId)}/withdraw`,
      text: 'Remove access',
      label: `Remove access of ${clientName}`,
      tone: 'danger',
    }),
  ];
}
