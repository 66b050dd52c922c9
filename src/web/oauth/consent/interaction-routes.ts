import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { GrantService } from '../../../core/grants/grant-service.ts';
import type { Proof } from '../../../core/people/sign-in.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { keepOpener } from '../../../platform/http/opener-policy.ts';
import { type Page, sendPageOrJson } from '../../../platform/http/pages/page.ts';
import { sameOriginForms } from '../../../platform/http/same-origin.ts';
import { isFormError, typedFields } from '../../form-errors.ts';
import { surface } from '../../surface.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { providerContext } from '../provider/pass-to-provider.ts';
import type { BrowserSignIn } from '../sign-in/browser-sign-in.ts';
import type { ConsoleCookie } from '../sign-in/console-cookie.ts';
import { newPasswordRoutes } from '../sign-in/new-password-routes.ts';
import type { NewPasswordStep } from '../sign-in/new-password-step.ts';
import { signInPage } from '../sign-in/sign-in-page.ts';
import { consentPage } from './consent-page.ts';
import { type ConsentTermDeps, readConsentTerms } from './consent-terms.ts';
import { type FindClient, formerInteractionPage } from './former-interaction.ts';
import { InteractionAnswered, InteractionLost } from './interaction-errors.ts';
import {
  allowInteraction,
  denyInteraction,
  type Interaction,
  type InteractionResult,
  type Question,
  readQuestion,
} from './interaction-service.ts';

const InteractionForm = Type.Object({
  username: Type.Optional(Type.String({ maxLength: 100 })),
  password: Type.Optional(Type.String({ maxLength: 1024 })),
  grant: Type.Optional(Type.String()),
  choice: Type.Optional(Type.String()),
  scope: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 100 })])),
});
type InteractionForm = Static<typeof InteractionForm>;

export interface InteractionDeps extends ConsentTermDeps {
  readonly consoleCookie: ConsoleCookie;
  readonly grants: GrantService;
  readonly newPasswordStep: NewPasswordStep;
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
  readonly signIn: BrowserSignIn;
}

/** The pages to which the authorization endpoint sends users: sign-in, then consent. */
export const interactions = surface<InteractionDeps>('interactions', async (app, deps) => {
  const { accounts, clients, consoleCookie, grants, newPasswordStep, publicUrl, server, signIn } = deps;
  await app.register(sameOriginForms, { publicUrl });
  await app.register(keepOpener);

  const findFormer = (request: FastifyRequest) =>
    server.findFormerInteraction((request.params as { uid: string }).uid);
  const findInteraction = (request: FastifyRequest, reply: FastifyReply) =>
    server.provider.interactionDetails(request.raw, reply.raw).catch(async (error) => {
      if (error.name !== 'SessionNotFound') throw error;
      throw (await findFormer(request))?.answered ? new InteractionAnswered() : new InteractionLost();
    });

  const clientFinder =
    ({ ip }: FastifyRequest): FindClient =>
    (id) =>
      server.findClient(id, ip);

  const findQuestion = async (request: FastifyRequest, reply: FastifyReply) =>
    readQuestion(signIn, clientFinder(request), await findInteraction(request, reply));

  async function pageOf(question: Question, { url, body }: FastifyRequest, wrong?: string): Promise<Page> {
    const { prompt, clientName, redirectUri, scopes } = question;
    const form = { action: url, hidden: {}, wrong };
    return prompt === 'login'
      ? signInPage({ ...form, clientName, userName: typedFields(body)['username'] })
      : consentPage({
          ...form,
          redirectUri,
          field: 'scope',
          scopes,
          terms: await readConsentTerms({ clients, accounts }, question, question.documentClient),
        });
  }

  /**
   * @returns the URL of the provider's next step
   * @throws CredentialsRefused, TooManySignIns, PasswordHashingBusy, PasswordChangeRequired, InvalidInput
   */
  async function signInUser(
    request: FastifyRequest<{ Body: InteractionForm }>,
    reply: FastifyReply,
  ): Promise<string> {
    const { username, password } = request.body;
    if (!username || !password) throw new InvalidInput('username', 'Enter your user name and password.');
    const newPassword = { purpose: 'authorization', location: `${addressOf(request)}/new-password` } as const;
    return continueAs(
      await signIn.signIn(request, reply, { username, password }, { newPassword }),
      request,
      reply,
    );
  }

  /** Continues the interaction with the user signed in. @returns the URL of the provider's next step @throws CredentialsRefused */
  async function continueAs(proof: Proof, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const saveResult = (result: InteractionResult) =>
      server.provider.interactionResult(request.raw, reply.raw, result, { mergeWithLastSubmission: false });
    const nextUrl = await saveResult({ login: { accountId: proof.userId, remember: false } });
    await signIn.checkAgain(proof).catch(async (error) => {
      await saveResult({});
      throw error;
    });
    return nextUrl;
  }

  /** Records the user's decision. @returns the result for the provider @throws as allowInteraction */
  async function decide(
    request: FastifyRequest<{ Body: InteractionForm }>,
    reply: FastifyReply,
    interaction: Awaited<ReturnType<typeof findInteraction>>,
  ): Promise<InteractionResult> {
    const { grant, choice, scope } = request.body;
    if (grant !== 'true') return denyInteraction({ grants }, interaction, request.ip);
    const fields = { choice, selected: scope };
    const browser = { ipAddress: request.ip, consoleToken: consoleCookie.read(request, reply) };
    const findClient = clientFinder(request);
    const { provider } = server;
    return allowInteraction({ signIn, grants, findClient, provider }, interaction, fields, browser);
  }

  const formerPage: ErrorPage = async (error, request, reply) =>
    error instanceof InteractionLost || error instanceof InteractionAnswered
      ? formerInteractionPage(
          server.provider,
          await findFormer(request),
          providerContext(server, publicUrl, request, reply),
          clientFinder(request),
        )
      : undefined;

  const errorPage: ErrorPage = async (error, request, reply) =>
    isFormError(error)
      ? pageOf(await findQuestion(request, reply), request, error.message)
      : formerPage(error, request, reply);

  await app.register(newPasswordRoutes, {
    path: '/interaction/:uid/new-password',
    purpose: 'authorization',
    step: newPasswordStep,
    errorPage: formerPage,
    signInAddress: addressOf,
    async prepare(request, reply) {
      const interaction = await findInteraction(request, reply);
      return async (proof) => {
        await detachFromSession(interaction, proof.userId);
        await signIn.recordSignIn(proof.userId, request.ip);
        return continueAs(proof, request, reply);
      };
    },
  });

  app.get(
    '/interaction/:uid',
    { config: { entry: 'anyone', errorPage }, schema: { hide: true } },
    async (request, reply) => {
      const question = await findQuestion(request, reply);
      const { prompt, clientName, scopes } = question;
      const json = { prompt, client: clientName, ...(prompt === 'consent' && { scopes }) };
      return sendPageOrJson(request, reply, { page: await pageOf(question, request), json });
    },
  );

  app.post(
    '/interaction/:uid',
    {
      config: { entry: 'anyone', errorPage },
      schema: { hide: true, body: InteractionForm },
    },
    async (request, reply) => {
      const interaction = await findInteraction(request, reply);
      if (interaction.prompt.name === 'login') return reply.redirect(await signInUser(request, reply), 303);
      const result = await decide(request, reply, interaction);
      return reply.redirect(await server.provider.interactionResult(request.raw, reply.raw, result), 303);
    },
  );
});

/** The address of the interaction of a request. */
function addressOf({ params }: FastifyRequest): string {
  return `/interaction/${encodeURIComponent((params as { uid: string }).uid)}`;
}

/**
 * Lets an interaction continue after its user chose a new password. That ended the user's sessions, and the interactions that
 * began in them: a session of the classic flow does not need a new password.
 */
async function detachFromSession(interaction: Interaction, userId: string): Promise<void> {
  if (interaction.session?.accountId !== userId) return;
  interaction.session.uid = '';
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
}
