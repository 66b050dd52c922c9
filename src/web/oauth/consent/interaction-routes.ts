import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { GrantService } from '../../../core/grants/grant-service.ts';
import { SignInRefused } from '../../../core/people/people-errors.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { type Page, sendPageOrJson } from '../../../platform/http/pages/page.ts';
import { sameOriginForms } from '../../../platform/http/same-origin.ts';
import { surface } from '../../surface.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import type { BrowserSignIn } from '../sign-in/browser-sign-in.ts';
import { consoleTokenOf } from '../sign-in/console-token.ts';
import { signInPage } from '../sign-in/sign-in-page.ts';
import { consentPage } from './consent-page.ts';
import { consentTerms, type TermSources } from './consent-terms.ts';
import { InteractionLost } from './interaction-errors.ts';
import {
  grantRequested,
  type InteractionAnswer,
  type Question,
  questionOf,
  refuseRequested,
} from './interaction-service.ts';

const Answer = Type.Object({
  username: Type.Optional(Type.String({ maxLength: 100 })),
  password: Type.Optional(Type.String({ maxLength: 1024 })),
  grant: Type.Optional(Type.String()),
  choice: Type.Optional(Type.String()),
  scope: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 100 })])),
});
type Answer = Static<typeof Answer>;

export interface InteractionDeps extends TermSources {
  readonly grants: GrantService;
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
  readonly signIn: BrowserSignIn;
}

/** Where the authorization endpoint sends the person: to sign in, then to consent. */
export const interactions = surface<InteractionDeps>('interactions', async (app, deps) => {
  const { accounts, clients, grants, publicUrl, server, signIn } = deps;
  await app.register(sameOriginForms, { publicUrl });

  const consoleToken = consoleTokenOf(server, publicUrl);
  const findInteraction = (request: FastifyRequest, reply: FastifyReply) =>
    server.provider.interactionDetails(request.raw, reply.raw).catch((error) => {
      throw error.name === 'SessionNotFound' ? new InteractionLost() : error;
    });

  const findQuestion = async (request: FastifyRequest, reply: FastifyReply) =>
    questionOf(signIn, server.provider, await findInteraction(request, reply));

  async function pageOf(question: Question, { url }: FastifyRequest, wrong?: string): Promise<Page> {
    const { prompt, clientName, redirectUri, scopes } = question;
    const asking = { action: url, hidden: {}, redirectUri, wrong };
    return prompt === 'login'
      ? signInPage({ ...asking, clientName })
      : consentPage({
          ...asking,
          field: 'scope',
          scopes,
          terms: await consentTerms({ clients, accounts }, question),
        });
  }

  /** @returns the provider's next step @throws CredentialsRefused also if the password was replaced meanwhile */
  async function logIn(request: FastifyRequest<{ Body: Answer }>, reply: FastifyReply): Promise<string> {
    const { username, password } = request.body;
    if (!username || !password) throw new InvalidInput('username', 'Enter your user name and password.');
    const proof = await signIn.signIn(request, reply, username, password);
    const settle = (answer: InteractionAnswer) =>
      server.provider.interactionResult(request.raw, reply.raw, answer, { mergeWithLastSubmission: false });
    const next = await settle({ login: { accountId: proof.userId, remember: false } });
    await signIn.checkAgain(proof).catch(async (error) => {
      await settle({});
      throw error;
    });
    return next;
  }

  /** The person's decision on the consent page, as the provider takes it. */
  async function answerOf(
    request: FastifyRequest<{ Body: Answer }>,
    reply: FastifyReply,
    interaction: Awaited<ReturnType<typeof findInteraction>>,
  ): Promise<InteractionAnswer> {
    const { grant, choice, scope } = request.body;
    if (grant !== 'true') return refuseRequested({ grants }, interaction, request.ip);
    const sent = { choice, ticked: scope };
    const from = { ipAddress: request.ip, consoleToken: consoleToken(request, reply) };
    return grantRequested({ signIn, grants }, server.provider, interaction, sent, from);
  }

  app.get(
    '/interaction/:uid',
    { config: { entry: 'anyone' }, schema: { hide: true } },
    async (request, reply) => {
      const question = await findQuestion(request, reply);
      const { prompt, clientName, scopes } = question;
      const json = { prompt, client: clientName, ...(prompt === 'consent' && { scopes }) };
      return sendPageOrJson(request, reply, { page: await pageOf(question, request), json });
    },
  );

  const errorPage: ErrorPage = async (error, request, reply) =>
    error instanceof SignInRefused || error instanceof InvalidInput
      ? pageOf(await findQuestion(request, reply), request, error.message)
      : undefined;

  app.post(
    '/interaction/:uid',
    {
      config: { entry: 'anyone', errorPage },
      schema: { hide: true, body: Answer },
    },
    async (request, reply) => {
      const interaction = await findInteraction(request, reply);
      if (interaction.prompt.name === 'login') return reply.redirect(await logIn(request, reply), 303);
      const answer = await answerOf(request, reply, interaction);
      return reply.redirect(await server.provider.interactionResult(request.raw, reply.raw, answer), 303);
    },
  );
});
