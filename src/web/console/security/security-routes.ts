import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { SignInRefused } from '../../../core/people/people-errors.ts';
import { SecondFactorLimitReached } from '../../../core/second-factors/second-factor-errors.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { administratorOf } from '../administrator.ts';
import { SECURITY } from '../return-to.ts';
import { ConfirmationRequired } from '../session/console-errors.ts';
import type { ConsoleSignIn } from '../session/console-sign-in.ts';
import { sessionOf } from '../session/session-entry.ts';
import { SIGN_OUT_ELSEWHERE } from '../session/session-list.ts';
import type { ConsoleSecurity } from './console-security.ts';
import { type DONE, newTotpPage, securityPage } from './security-page.ts';

const name = Type.Optional(Type.String({ maxLength: 200 }));
const id = Type.String({ maxLength: 64 });
const Query = Type.Object({
  done: Type.Optional(
    Type.Union([
      Type.Literal('added'),
      Type.Literal('removed'),
      Type.Literal('named'),
      Type.Literal('ended'),
    ]),
  ),
});
const ConfirmForm = Type.Object({ password: Type.String({ maxLength: 1024 }) });
const TotpForm = Type.Object({ code: Type.String({ maxLength: 20 }), name });
const PasskeyForm = Type.Object({ response: Type.String({ maxLength: 16_384 }), name });

const UNCOMPLETED = { entry: 'console', evenWhile: ['setUpOwed'] } as const;

/** An administrator's own second factors: to see, to add, to name and to remove. */
export function securityRoutes(security: ConsoleSecurity, signIn: ConsoleSignIn, publicUrl: string) {
  const sameOrigin = sameOriginOnly(publicUrl);
  const preValidation = [sameOrigin, requireConfirmation];

  async function page(request: FastifyRequest, given: { done?: keyof typeof DONE; wrong?: string }) {
    const { impossiblePasskeys } = security;
    const factors = await security.list(administratorOf(request).userId);
    const sessions = await security.listSessions(sessionOf(request));
    return securityPage({ ...shownTo(request), factors, sessions, impossiblePasskeys, ...given });
  }

  const errorPage: ErrorPage = async (error, request) =>
    isForTheForm(error) ? page(request, { wrong: error.message }) : undefined;

  const totpErrorPage: ErrorPage = async (error, request, reply) => {
    if (!isForTheForm(error)) return undefined;
    const totp = await security.newTotp(sessionOf(request));
    if (!totp) return errorPage(error, request, reply);
    return newTotpPage({ ...shownTo(request), totp, wrong: error.message });
  };

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { ...UNCOMPLETED, errorPage };
    const hide = { hide: true } as const;

    app.get(SECURITY, { config, schema: { ...hide, querystring: Query } }, async (request, reply) =>
      sendPage(reply, await page(request, request.query)),
    );

    app.post(
      `${SECURITY}/confirm`,
      { config, preValidation: sameOrigin, schema: { ...hide, body: ConfirmForm } },
      async (request, reply) => {
        await signIn.confirm(request, reply, request.body.password);
        return reply.redirect(SECURITY, 303);
      },
    );

    app.post(`${SECURITY}/totp/begin`, { config, preValidation, schema: hide }, async (request, reply) => {
      await security.beginTotp(sessionOf(request));
      return reply.redirect(`${SECURITY}/totp`, 303);
    });

    app.get(`${SECURITY}/totp`, { config, schema: hide }, async (request, reply) => {
      const totp = await security.newTotp(sessionOf(request));
      if (!totp) return reply.redirect(SECURITY, 303);
      return sendPage(reply, newTotpPage({ ...shownTo(request), totp }));
    });

    app.post(
      `${SECURITY}/totp`,
      {
        config: { ...UNCOMPLETED, errorPage: totpErrorPage },
        preValidation,
        schema: { ...hide, body: TotpForm },
      },
      async (request, reply) => {
        const { code, name = '' } = request.body;
        await security.addTotp(sessionOf(request), name, code, actorOf(request));
        return done(reply, 'added');
      },
    );

    app.post(`${SECURITY}/passkeys/options`, { config, preValidation, schema: hide }, (request) =>
      security.askForNewPasskey(sessionOf(request)),
    );

    app.post(
      `${SECURITY}/passkeys`,
      { config, preValidation, schema: { ...hide, body: PasskeyForm } },
      async (request, reply) => {
        const { response, name = '' } = request.body;
        await security.addPasskey(sessionOf(request), name, response, actorOf(request));
        return done(reply, 'added');
      },
    );

    app.post(
      SIGN_OUT_ELSEWHERE,
      { config: { entry: 'console' }, preValidation: sameOrigin, schema: hide },
      async (request, reply) => {
        await security.endOtherSessions(sessionOf(request), actorOf(request));
        return done(reply, 'ended');
      },
    );

    app.post(
      `${SECURITY}/rename`,
      { config, preValidation, schema: { ...hide, body: Type.Object({ id, name: Type.String() }) } },
      async (request, reply) => {
        await security.rename(administratorOf(request).userId, request.body.id, request.body.name);
        return done(reply, 'named');
      },
    );

    app.post(
      `${SECURITY}/remove`,
      { config, preValidation, schema: { ...hide, body: Type.Object({ id }) } },
      async (request, reply) => {
        await security.remove(administratorOf(request).userId, request.body.id, actorOf(request));
        return done(reply, 'removed');
      },
    );
  };
}

function shownTo(request: FastifyRequest) {
  return { administrator: administratorOf(request), session: sessionOf(request) };
}

function isForTheForm(error: Error): boolean {
  return [SignInRefused, InvalidInput, SecondFactorLimitReached].some((type) => error instanceof type);
}

async function requireConfirmation(request: FastifyRequest): Promise<void> {
  if (!sessionOf(request).confirmed) throw new ConfirmationRequired(SECURITY);
}

function done(reply: FastifyReply, what: keyof typeof DONE): FastifyReply {
  return reply.redirect(`${SECURITY}?done=${what}`, 303);
}
