import { type Static, Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidInput } from '../../domain-error.ts';
import { type Page, sendPageOrJson } from '../../http/pages/page.ts';
import type { ErrorPage } from '../../http/request-context.ts';
import { sameOriginOnly } from '../../http/same-origin.ts';
import { SignInRefused } from '../../people/people-errors.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import type { BrowserSignIn } from '../sign-in/browser-sign-in.ts';
import { signInPage } from '../sign-in/sign-in-page.ts';
import { InteractionLost } from './authorization-errors.ts';
import { consentPage } from './consent-page.ts';
import type { GrantService } from './grant-service.ts';
import { grantRequested, type InteractionAnswer, type Question, questionOf } from './interaction-service.ts';

const Answer = Type.Object({
  username: Type.Optional(Type.String({ maxLength: 100 })),
  password: Type.Optional(Type.String({ maxLength: 1024 })),
  grant: Type.Optional(Type.String()),
});
type Answer = Static<typeof Answer>;

interface Parts {
  readonly server: AuthorizationServer;
  readonly grants: GrantService;
  readonly signIn: BrowserSignIn;
  readonly publicUrl: string;
}

/** Where the modern authorization endpoint sends the person: to sign in, then to consent. */
export function interactionRoutes({ server, grants, signIn, publicUrl }: Parts) {
  const findInteraction = (request: FastifyRequest, reply: FastifyReply) =>
    server.provider.interactionDetails(request.raw, reply.raw).catch((error) => {
      throw error.name === 'SessionNotFound' ? new InteractionLost() : error;
    });

  const findQuestion = async (request: FastifyRequest, reply: FastifyReply) =>
    questionOf(signIn, server.provider, await findInteraction(request, reply));

  /** The person's answer, in the terms in which the provider goes on. */
  async function answerOf(
    request: FastifyRequest<{ Body: Answer }>,
    reply: FastifyReply,
  ): Promise<InteractionAnswer> {
    const { username, password, grant } = request.body;
    const interaction = await findInteraction(request, reply);
    if (interaction.prompt.name === 'login') {
      if (!username || !password) throw new InvalidInput('username', 'username and password are required');
      return {
        login: { accountId: await signIn.signIn(request, reply, username, password), remember: false },
      };
    }
    if (grant !== 'true') return { error: 'access_denied', error_description: 'the person refused' };
    return grantRequested({ signIn, grants }, server.provider, interaction);
  }

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/interaction/:uid',
      { config: { entry: 'anyone' }, schema: { hide: true } },
      async (request, reply) => {
        const question = await findQuestion(request, reply);
        const { prompt, clientName, scopes } = question;
        const json = { prompt, client: clientName, ...(prompt === 'consent' && { scopes }) };
        return sendPageOrJson(request, reply, { page: pageOf(question, request), json });
      },
    );

    const errorPage: ErrorPage = async (error, request, reply) =>
      error instanceof SignInRefused
        ? pageOf(await findQuestion(request, reply), request, error.message)
        : undefined;

    app.post(
      '/interaction/:uid',
      {
        config: { entry: 'anyone', errorPage },
        preValidation: sameOriginOnly(publicUrl),
        schema: { hide: true, body: Answer },
      },
      async (request, reply) => {
        const answer = await answerOf(request, reply);
        return reply.redirect(await server.provider.interactionResult(request.raw, reply.raw, answer), 303);
      },
    );
  };
}

function pageOf(question: Question, { url }: FastifyRequest, wrong?: string): Page {
  const asking = { ...question, action: url, hidden: {}, wrong };
  return question.prompt === 'login' ? signInPage(asking) : consentPage(asking);
}
