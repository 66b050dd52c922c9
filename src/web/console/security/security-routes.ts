import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { SecondFactorLimitReached } from '../../../core/second-factors/second-factor-errors.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { isFormError } from '../../form-errors.ts';
import { SECURITY } from '../addresses.ts';
import { DoneQuery } from '../forms.ts';
import { administratorOf } from '../frame.ts';
import { ConfirmationRequired } from '../session/console-errors.ts';
import type { ConsoleSignIn } from '../session/console-sign-in.ts';
import { sessionOf } from '../session/session-guard.ts';
import type { RenewToken } from '../session/token-renewal.ts';
import type { ConsoleSecurity } from './console-security.ts';
import { type DONE, newTotpPage, securityPage } from './security-page.ts';

const id = Type.String({ maxLength: 64 });
const name = Type.Optional(Type.String({ maxLength: 200 }));
const ConfirmForm = Type.Object({ password: Type.String({ maxLength: 1024 }) });
const TotpForm = Type.Object({ code: Type.String({ maxLength: 20 }), name });
const PasskeyForm = Type.Object({ response: Type.String({ maxLength: 16_384 }), name });
const RenameForm = Type.Object({ id, name: Type.String() });
const RemoveForm = Type.Object({ id });

/** Also for administrators who must set up their first second factor. */
const ENTRY = { entry: 'console', incompleteSignIns: ['setUpOwed'] } as const;
const hide = { hide: true } as const;

interface ConsoleSecurityRoutesDeps {
  readonly security: ConsoleSecurity;
  readonly renewToken: RenewToken;
  readonly signIn: ConsoleSignIn;
}

/** An administrator's own second factors and sessions. */
export const consoleSecurityRoutes: FastifyPluginAsyncTypebox<ConsoleSecurityRoutesDeps> = async (
  app,
  { security, renewToken, signIn },
) => {
  async function pageOf(
    request: FastifyRequest,
    given: { readonly done?: string | undefined; readonly wrong?: string },
  ): Promise<Page> {
    const session = sessionOf(request);
    const { passkeysUnsupported } = security;
    const factors = await security.list(session.userId);
    const sessions = await security.listSessions(session);
    return securityPage(request, { session, factors, sessions, passkeysUnsupported, ...given });
  }

  const errorPage: ErrorPage = async (error, request) =>
    isFormError(error, SecondFactorLimitReached) ? pageOf(request, { wrong: error.message }) : undefined;

  const totpErrorPage: ErrorPage = async (error, request, reply) => {
    if (!isFormError(error, SecondFactorLimitReached)) return undefined;
    const session = sessionOf(request);
    const totp = await security.findNewTotp(session);
    if (!totp) return errorPage(error, request, reply);
    return newTotpPage(request, { session, totp, wrong: error.message });
  };

  const config = { ...ENTRY, errorPage };
  const preValidation = requireConfirmation;

  app.get(SECURITY, { config, schema: { ...hide, querystring: DoneQuery } }, async (request, reply) =>
    sendPage(reply, await pageOf(request, request.query)),
  );

  app.post(
    `${SECURITY}/confirm`,
    { config, schema: { ...hide, body: ConfirmForm } },
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
    const session = sessionOf(request);
    const totp = await security.findNewTotp(session);
    if (!totp) return reply.redirect(SECURITY, 303);
    return sendPage(reply, newTotpPage(request, { session, totp }));
  });

  app.post(
    `${SECURITY}/totp`,
    {
      config: { ...ENTRY, errorPage: totpErrorPage },
      preValidation,
      schema: { ...hide, body: TotpForm },
    },
    async (request, reply) => {
      const { code, name = '' } = request.body;
      await renewToken(request, reply, (session) => security.addTotp(session, name, code, actorOf(request)));
      return redirectDone(reply, 'added');
    },
  );

  app.post(`${SECURITY}/passkeys/options`, { config, preValidation, schema: hide }, async (request) =>
    security.requestNewPasskey(sessionOf(request)),
  );

  app.post(
    `${SECURITY}/passkeys`,
    { config, preValidation, schema: { ...hide, body: PasskeyForm } },
    async (request, reply) => {
      const { response, name = '' } = request.body;
      await renewToken(request, reply, (session) =>
        security.addPasskey(session, name, response, actorOf(request)),
      );
      return redirectDone(reply, 'added');
    },
  );

  app.post(
    `${SECURITY}/sign-out-elsewhere`,
    { config: { entry: 'console' }, schema: hide },
    async (request, reply) => {
      await security.endOtherSessions(sessionOf(request), actorOf(request));
      return redirectDone(reply, 'ended');
    },
  );

  app.post(
    `${SECURITY}/rename`,
    { config, preValidation, schema: { ...hide, body: RenameForm } },
    async (request, reply) => {
      await security.rename(administratorOf(request).userId, request.body.id, request.body.name);
      return redirectDone(reply, 'named');
    },
  );

  app.post(
    `${SECURITY}/remove`,
    { config, preValidation, schema: { ...hide, body: RemoveForm } },
    async (request, reply) => {
      await security.remove(administratorOf(request).userId, request.body.id, actorOf(request));
      return redirectDone(reply, 'removed');
    },
  );
};

async function requireConfirmation(request: FastifyRequest): Promise<void> {
  if (!sessionOf(request).confirmed) throw new ConfirmationRequired(SECURITY);
}

function redirectDone(reply: FastifyReply, notice: keyof typeof DONE): FastifyReply {
  return reply.redirect(`${SECURITY}?done=${notice}`, 303);
}
