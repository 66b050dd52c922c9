import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { keepOpener } from '../../../platform/http/opener-policy.ts';
import { hiddenFields } from '../../../platform/http/pages/elements.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { pageContextOf } from '../../../platform/http/pages/page-context.ts';
import { sameOriginForms } from '../../../platform/http/same-origin.ts';
import { surface } from '../../surface.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { END_SESSION } from '../provider/provider-configuration.ts';
import { redirectedQuery } from '../redirected-query.ts';
import { shownNameOf } from '../shown-name.ts';
import type { BrowserSession } from '../sign-in/browser-session.ts';
import type { BrowserSignIn } from '../sign-in/browser-sign-in.ts';
import { SIGNED_OUT } from '../sign-in/signed-out-page.ts';
import { checkEndSessionRequest, EndSessionParameters } from './end-session-request.ts';

/** Where the form of the question is sent. */
const ANSWER = `${END_SESSION}/answer`;
const config = { entry: 'anyone', errorStyle: 'own' } as const;

const Answer = Type.Object({ ...EndSessionParameters.properties, sign_out: Type.Optional(Type.String()) });

export interface EndSessionDeps {
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
  readonly session: BrowserSession;
  readonly signIn: Pick<BrowserSignIn, 'findAccount'>;
}

/** Sign-out that an application begins (OpenID Connect RP-Initiated Logout 1.0). The user is always asked. */
export const endSession = surface<EndSessionDeps>('end-session', async (app, deps) => {
  const { server, session, signIn } = deps;
  await app.register(keepOpener);

  app.get(
    END_SESSION,
    { config, exposeHeadRoute: false, schema: { hide: true, querystring: EndSessionParameters } },
    async (request, reply) => {
      const { client, returnTo } = await checkEndSessionRequest(server, request.query, request.ip);
      const userId = await session.findUserId(request, reply);
      const account = userId === undefined ? undefined : await signIn.findAccount(userId);
      if (!account) return reply.redirect(returnTo ?? SIGNED_OUT, 303);
      const clientName = client && shownNameOf(client);
      return sendPage(reply, questionPage(request, account.name, clientName));
    },
  );

  // Browsers send no session with a form of another site, but they do with the GET to which it redirects.
  app.post(
    END_SESSION,
    { config, schema: { hide: true, body: EndSessionParameters } },
    async (request, reply) => {
      const { client } = await checkEndSessionRequest(server, request.body, request.ip);
      // The address would keep the ID token, which names the user. Its client is all that the question needs of it.
      const { id_token_hint: _, ...parameters } = request.body;
      const given = givenOf({ ...parameters, ...(client && { client_id: client.clientId }) });
      const query = redirectedQuery(new URLSearchParams(given));
      return reply.header('cache-control', 'no-store').redirect(`${END_SESSION}?${query}`, 303);
    },
  );

  await app.register(answerRoutes, deps);
});

/** The form of the question. */
const answerRoutes: FastifyPluginAsyncTypebox<EndSessionDeps> = async (app, deps) => {
  const { publicUrl, server, session } = deps;
  await app.register(sameOriginForms, { publicUrl });

  app.post(ANSWER, { config, schema: { hide: true, body: Answer } }, async (request, reply) => {
    const { sign_out: signOut, ...parameters } = request.body;
    const { client, returnTo } = await checkEndSessionRequest(server, parameters, request.ip);
    if (signOut !== 'true') return reply.redirect(returnTo ?? '/account', 303);
    await session.end(request, reply, client?.clientId);
    return reply.redirect(returnTo ?? SIGNED_OUT, 303);
  });
};

/** The known parameters with a value. */
function givenOf(parameters: EndSessionParameters): Record<string, string> {
  const names = Object.keys(EndSessionParameters.properties) as (keyof EndSessionParameters)[];
  return Object.fromEntries(
    names.flatMap((name) => (parameters[name] ? [[name, parameters[name]] as const] : [])),
  );
}

function questionPage(
  request: FastifyRequest<{ Querystring: EndSessionParameters }>,
  userName: string,
  clientName: string | undefined,
): Page {
  const asker = clientName === undefined ? html`A link` : html`<strong>${clientName}</strong>`;
  return {
    title: 'Sign out?',
    form: 'flow',
    body: html`
      <p>You are signed in as <strong>${userName}</strong>. !${asker} asks to sign you out of ${pageContextOf(request).brand.name} in this browser.</p>
      <p>Your calls continue, and applications that you allowed keep their access.</p>
      <form method="post" action="${ANSWER}">
        !${hiddenFields(givenOf(request.query))}
        <p class="buttons even">
          <button type="submit" class="even" name="sign_out" value="true">Sign out</button>
          <button type="submit" class="even" name="sign_out" value="false">Stay signed in</button>
        </p>
      </form>`,
  };
}
