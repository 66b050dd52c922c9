import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidInput } from '../domain-error.ts';
import { sendPage } from '../http/page.ts';
import { negotiate } from '../http/representation.ts';
import { requireSameOrigin } from '../http/same-origin.ts';
import { CredentialsRefused, TooManySignIns } from '../people/people-errors.ts';
import type { SignIn } from '../people/sign-in.ts';
import { InteractionLost } from './authorization-errors.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import type { GrantService } from './grant-service.ts';
import { grantRequested, type InteractionAnswer, type Question, questionOf } from './interaction-service.ts';
import { consentPage, signInPage } from './sign-in-pages.ts';

const Answer = Type.Object({
  username: Type.Optional(Type.String({ maxLength: 100 })),
  password: Type.Optional(Type.String({ maxLength: 1024 })),
  grant: Type.Optional(Type.String()),
});

interface Parts {
  readonly server: AuthorizationServer;
  readonly grants: GrantService;
  readonly signIn: SignIn;
}

/** Where the modern authorization endpoint sends the person: to sign in, then to consent. */
export function interactionRoutes({ server, grants, signIn }: Parts) {
  const findInteraction = (request: FastifyRequest, reply: FastifyReply) =>
    server.provider.interactionDetails(request.raw, reply.raw).catch((error) => {
      throw error.name === 'SessionNotFound' ? new InteractionLost() : error;
    });

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get('/interaction/:uid', { config: { entry: 'anyone' } }, async (request, reply) => {
      const interaction = await findInteraction(request, reply);
      return ask(request, reply, await questionOf(signIn, server.provider, interaction));
    });

    app.post(
      '/interaction/:uid',
      { config: { entry: 'anyone' }, preValidation: requireSameOrigin, schema: { body: Answer } },
      async (request, reply) => {
        const interaction = await findInteraction(request, reply);
        const question = await questionOf(signIn, server.provider, interaction);
        const { username, password, grant } = request.body;
        let answer: InteractionAnswer;
        if (question.prompt === 'login') {
          if (username === undefined || password === undefined)
            throw new InvalidInput('username', 'username and password are required');
          const accountId = await signIn.signIn(username, password, request.ip).catch((error) => error);
          if (accountId instanceof Error) return askAgain(request, reply, question, accountId);
          answer = { login: { accountId, remember: false } };
        } else if (grant === 'true') {
          answer = await grantRequested({ signIn, grants }, server.provider, interaction);
        } else {
          answer = { error: 'access_denied', error_description: 'the person refused' };
        }
        return reply.redirect(await server.provider.interactionResult(request.raw, reply.raw, answer), 303);
      },
    );
  };
}

function ask(request: FastifyRequest, reply: FastifyReply, question: Question, wrong?: string): FastifyReply {
  const asking = { ...question, action: request.url, hidden: {}, wrong };
  if (negotiate(request, 'json', 'html') === 'html') {
    return sendPage(reply, question.prompt === 'login' ? signInPage(asking) : consentPage(asking));
  }
  const { prompt, clientName, scopes } = question;
  return reply
    .header('cache-control', 'no-store')
    .send({ prompt, client: clientName, ...(prompt === 'consent' && { scopes }) });
}

/** Browsers get the form again with what was wrong; scripts get the error. */
function askAgain(
  request: FastifyRequest,
  reply: FastifyReply,
  question: Question,
  error: Error,
): FastifyReply {
  const expected = error instanceof CredentialsRefused || error instanceof TooManySignIns;
  if (!expected || negotiate(request, 'json', 'html') !== 'html') throw error;
  return ask(request, reply.code(error instanceof TooManySignIns ? 429 : 403), question, error.message);
}
