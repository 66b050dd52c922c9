import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { Type } from 'typebox';
import type { ClientService } from '../../core/clients/client-service.ts';
import { databaseErrors } from '../../platform/database/database-errors.ts';
import { CrossSiteForm, NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { JSON_OR_PAGE } from '../../platform/http/openapi/operation.ts';
import { actionButton } from '../../platform/http/pages/elements.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';
import { pageContextOf } from '../../platform/http/pages/page-context.ts';
import { negotiate } from '../../platform/http/representation.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { signedOutPage } from '../oauth/sign-in/signed-out-page.ts';
import { TAGS } from '../representations/tags.ts';

const SIGN_OUT = '/auth/logout';
const config = { entry: 'anyone', errorStyle: 'classic' } as const;
const tags = [TAGS.classicAuthorization];

interface ClassicSignOutDeps {
  readonly clients: Pick<ClientService, 'isOriginOfClassicClient'>;
  readonly session: BrowserSession;
  readonly signIn: Pick<BrowserSignIn, 'findAccount'>;
}

/** Sign-out. Applications link to it; a link of anyone else only asks (ADR 26). */
export const classicSignOutRoutes: FastifyPluginAsyncTypebox<ClassicSignOutDeps> = async (
  app,
  { clients, session, signIn },
) => {
  async function signOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    negotiate(request, 'json', 'html'); // before the session ends
    await session.end(request, reply);
    return sendPageOrJson(request, reply, {
      page: signedOutPage(pageContextOf(request).brand.name),
      json: { message: 'signed out' },
    });
  }

  /** The name of the user who is signed in; undefined if none is. */
  async function findUserName(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
    const userId = await session.findUserId(request, reply);
    return userId === undefined ? undefined : (await signIn.findAccount(userId))?.name;
  }

  app.get(
    SIGN_OUT,
    {
      config,
      exposeHeadRoute: false,
      schema: {
        operationId: 'signOutByLink',
        summary: 'Sign out with a link',
        description:
          'Applications may link here. Ends the session of a program, and of a browser that comes from the site of a classic client. Any other browser gets a page that asks whether to sign out.',
        tags,
        produces: JSON_OR_PAGE,
        response: {
          200: Type.Object(
            { message: Type.String({ examples: ['signed out'] }) },
            { description: 'The session has ended, or the browser shows the question.' },
          ),
        },
        errors: [NotAcceptable, ...databaseErrors],
      },
    },
    async (request, reply) => {
      const userName = await findUserName(request, reply);
      if (userName === undefined || isProgram(request) || (await isLinkOfClassicClient(request, clients)))
        return signOut(request, reply);
      return sendPageOrJson(request, reply, {
        page: confirmationPage(userName, pageContextOf(request).brand.name),
        json: { message: `not signed out: send a POST to ${SIGN_OUT}` },
      });
    },
  );

  app.post(
    SIGN_OUT,
    {
      config,
      schema: {
        operationId: 'signOut',
        summary: 'Sign out',
        description: 'Ends the session, if there is one.',
        tags,
        produces: JSON_OR_PAGE,
        response: {
          200: Type.Object(
            { message: Type.String({ examples: ['signed out'] }) },
            { description: 'The session has ended.' },
          ),
        },
        errors: [NotAcceptable, CrossSiteForm, ...databaseErrors],
      },
    },
    async (request, reply) => signOut(request, reply),
  );
};

/** Whether a program sent the request, which no other site can make it do. Browsers say where a request comes from, or ask for HTML. */
function isProgram(request: FastifyRequest): boolean {
  return (
    request.headers['sec-fetch-site'] === undefined &&
    request.headers.referer === undefined &&
    negotiate(request, 'json', 'html') === 'json'
  );
}

/** Whether a person followed a link from the site of a classic client. No page can set these headers. */
async function isLinkOfClassicClient(
  { headers }: FastifyRequest,
  clients: ClassicSignOutDeps['clients'],
): Promise<boolean> {
  const { 'sec-fetch-dest': destination = 'document', 'sec-purpose': purpose, referer } = headers;
  const origin = URL.parse(referer ?? '')?.origin;
  return (
    destination === 'document' &&
    purpose === undefined && // a prefetch
    origin !== undefined &&
    (await clients.isOriginOfClassicClient(origin))
  );
}

function confirmationPage(userName: string, brand: string): Page {
  return {
    title: 'Sign out?',
    form: 'own',
    body: html`
      <p>You are signed in as <strong>${userName}</strong>. A link asked to sign you out of ${brand} in this browser.</p>
      <div class="buttons">
        !${actionButton({ action: SIGN_OUT, text: 'Sign out' })}
        <a class="button quiet" href="/account">Stay signed in</a>
      </div>`,
  };
}
