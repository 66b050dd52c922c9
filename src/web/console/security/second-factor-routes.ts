import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { Type } from 'typebox';
import type { SecondFactor } from '../../../core/second-factors/second-factor-service.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { hiddenFields, notice } from '../../../platform/http/pages/elements.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { isFormError } from '../../form-errors.ts';
import { SECOND_FACTOR } from '../addresses.ts';
import { administratorOf, stepPage } from '../frame.ts';
import { ReturnTo, readReturnTo } from '../return-to.ts';
import { sessionOf } from '../session/session-guard.ts';
import type { RenewToken } from '../session/token-renewal.ts';
import type { ConsoleSecurity } from './console-security.ts';
import { codeField, PASSKEY_SCRIPTS, passkeyForm } from './second-factor-forms.ts';

const Query = Type.Object(ReturnTo);
const CodeForm = Type.Object({ code: Type.String({ maxLength: 20 }), ...ReturnTo });
const PasskeyForm = Type.Object({ response: Type.String({ maxLength: 16_384 }), ...ReturnTo });

interface ConsoleSecondFactorDeps {
  readonly security: ConsoleSecurity;
  readonly renewToken: RenewToken;
  readonly publicUrl: string;
}

/** The second step of the sign-in: a passkey or a code of an authenticator app. */
export const consoleSecondFactorRoutes: FastifyPluginAsyncTypebox<ConsoleSecondFactorDeps> = async (
  app,
  { security, renewToken, publicUrl },
) => {
  async function pageOf(request: FastifyRequest, given: unknown, wrong?: string): Promise<Page> {
    const { passkeysUnsupported } = security;
    const factors = await security.list(administratorOf(request).userId);
    const kinds = new Set(factors.map(({ kind }) => kind));
    const canUsePasskey = kinds.has('passkey') && passkeysUnsupported === undefined;
    const returnTo = readReturnTo(((given ?? {}) as { return_to?: string }).return_to, publicUrl);
    return stepPage(request, {
      title: 'Confirm that it is you',
      ...(canUsePasskey && PASSKEY_SCRIPTS),
      body: problemNotice(wrong) + bodyOf({ kinds, passkeysUnsupported, returnTo }),
    });
  }

  const errorPage: ErrorPage = async (error, request) =>
    isFormError(error) ? pageOf(request, request.body, error.message) : undefined;

  const config = { entry: 'console', incompleteSignIns: ['secondFactorOwed'] } as const;
  const formConfig = { ...config, errorPage };

  app.get(SECOND_FACTOR, { config, schema: { hide: true, querystring: Query } }, async (request, reply) => {
    if (sessionOf(request).standing === 'complete')
      return reply.redirect(readReturnTo(request.query.return_to, publicUrl), 303);
    return sendPage(reply, await pageOf(request, request.query));
  });

  app.post(
    `${SECOND_FACTOR}/code`,
    { config: formConfig, schema: { hide: true, body: CodeForm } },
    async (request, reply) => {
      await renewToken(request, reply, (session) =>
        security.verifyCode(session, request.body.code, actorOf(request)),
      );
      return reply.redirect(readReturnTo(request.body.return_to, publicUrl), 303);
    },
  );

  app.post(`${SECOND_FACTOR}/passkey/options`, { config, schema: { hide: true } }, async (request) =>
    security.requestPasskey(sessionOf(request)),
  );

  app.post(
    `${SECOND_FACTOR}/passkey`,
    { config: formConfig, schema: { hide: true, body: PasskeyForm } },
    async (request, reply) => {
      await renewToken(request, reply, (session) =>
        security.verifyPasskey(session, request.body.response, actorOf(request)),
      );
      return reply.redirect(readReturnTo(request.body.return_to, publicUrl), 303);
    },
  );
};

interface Step {
  /** The kinds of second factors that the administrator has. */
  readonly kinds: ReadonlySet<SecondFactor['kind']>;
  readonly passkeysUnsupported: string | undefined;
  readonly returnTo: string;
}

function bodyOf({ kinds, passkeysUnsupported, returnTo }: Step): string {
  const canUsePasskey = kinds.has('passkey') && passkeysUnsupported === undefined;
  return html`
    !${canUsePasskey ? html`<section class="card"><h2>Passkey</h2>!${passkeySection(returnTo)}</section>` : ''}
    !${kinds.has('passkey') && !canUsePasskey ? notice('problem', `Your passkey cannot be used here: ${passkeysUnsupported}.`) : ''}
    !${kinds.has('totp') ? html`<section class="card"><h2>Authenticator app</h2>!${codeSection(returnTo, !canUsePasskey)}</section>` : ''}
    <p class="soft">Lost your second factor? Ask another administrator or the operator of this server to reset it.</p>`;
}

function passkeySection(returnTo: string): string {
  return passkeyForm({
    use: 'verify',
    action: `${SECOND_FACTOR}/passkey`,
    options: `${SECOND_FACTOR}/passkey/options`,
    hidden: { return_to: returnTo },
    button: 'Use a passkey',
  });
}

function codeSection(returnTo: string, autofocus: boolean): string {
  return html`<form method="post" action="${SECOND_FACTOR}/code">
    !${hiddenFields({ return_to: returnTo })}
    !${codeField('The six digits that your authenticator app shows now.', autofocus)}
    <button type="submit">Continue</button>
  </form>`;
}
