import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { Type } from 'typebox';
import type { PasswordChange, TicketPurpose } from '../../../core/people/new-password-tickets.ts';
import type { Proof } from '../../../core/people/sign-in.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { isFormError } from '../../form-errors.ts';
import { NewPasswordExpired } from './new-password-errors.ts';
import { NewPasswordFields, newPasswordFields } from './new-password-fields.ts';
import type { NewPasswordStep } from './new-password-step.ts';

const Form = Type.Object({ ...NewPasswordFields });

/** Continues a sign-in after the password was changed. @returns the URL of its next step */
export type ContinueSignIn = (proof: Proof) => Promise<string>;

export interface NewPasswordRoutesDeps {
  readonly path: string;
  readonly purpose: TicketPurpose;
  readonly step: NewPasswordStep;
  /** URL of the sign-in page. */
  signInAddress(request: FastifyRequest): string;
  /** Prepares to continue the sign-in, before the password changes. */
  prepare(request: FastifyRequest, reply: FastifyReply): Promise<ContinueSignIn>;
  /** The page for an error of `prepare`. */
  readonly errorPage?: ErrorPage;
}

/** The page on which a user replaces a password that someone else set, before the sign-in continues. */
export const newPasswordRoutes: FastifyPluginAsyncTypebox<NewPasswordRoutesDeps> = async (app, deps) => {
  const { path, purpose, step, signInAddress, prepare, errorPage } = deps;
  const config = { entry: 'anyone' } as const;

  function pageOf({ url }: FastifyRequest, { userName }: PasswordChange, wrong?: string): Page {
    return {
      title: 'Choose a new password',
      form: purpose === 'authorization' ? 'flow' : 'own',
      body: html`
        <p>Someone else set the password of <strong>${userName}</strong>. Choose a new one, which only you know, to continue.</p>
        !${problemNotice(wrong)}
        <form method="post" action="${url}" class="card">
          !${newPasswordFields(userName, { autofocus: wrong === undefined })}
          <button type="submit">Set password and continue</button>
        </form>`,
    };
  }

  const formErrorPage: ErrorPage = async (error, request, reply) => {
    if (error instanceof NewPasswordExpired) return expiredPage(error, signInAddress(request));
    const change = isFormError(error) ? await step.find(request, reply, purpose) : undefined;
    return change ? pageOf(request, change, error.message) : errorPage?.(error, request, reply);
  };

  app.get(path, { config, schema: { hide: true } }, async (request, reply) => {
    const change = await step.find(request, reply, purpose);
    if (!change) return reply.redirect(signInAddress(request), 303);
    return sendPage(reply, pageOf(request, change));
  });

  app.post(
    path,
    { config: { ...config, errorPage: formErrorPage }, schema: { hide: true, body: Form } },
    async (request, reply) => {
      const { new_password: password, repeat_password: repeated } = request.body;
      const continueSignIn = await prepare(request, reply);
      const proof = await step.complete(request, reply, purpose, { password, repeated });
      return reply.redirect(await continueSignIn(proof), 303);
    },
  );
};

function expiredPage({ message }: NewPasswordExpired, signInAddress: string): Page {
  return {
    title: 'This page has expired',
    body: html`!${problemNotice(message)}
      <p><a class="button" href="${signInAddress}">Sign in</a></p>`,
  };
}
