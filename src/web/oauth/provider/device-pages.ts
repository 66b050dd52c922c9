import { html } from 'ghtml';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { scopes } from '../../../core/tokens/access-token.ts';
import { DomainError } from '../../../platform/domain-error.ts';
import { notice } from '../../../platform/http/pages/elements.ts';
import { hostOf } from '../consent/consent-terms.ts';
import { renderProviderPage } from './provider-error-page.ts';
import { NothingToGrant } from './requested-scopes.ts';

/** The pages of the device flow (RFC 8628 section 3.3). The provider renders the forms in them. */
export const deviceFlowPages = {
  async userCodeInputSource(
    ctx: KoaContextWithOIDC,
    form: string,
    _out: unknown,
    error?: Error,
  ): Promise<void> {
    renderProviderPage(ctx, {
      title: 'Connect a device',
      form: 'flow',
      body: html`
        !${error === undefined ? '' : notice('problem', describeProblem(error))}
        <p>Enter the code that your device shows.</p>
        !${makeAccessible(form)}
        <div class="buttons"><button type="submit" form="op.deviceInputForm">Continue</button></div>`,
    });
  },

  async userCodeConfirmSource(
    ctx: KoaContextWithOIDC,
    form: string,
    client: Client,
    _info: unknown,
    userCode: string,
  ): Promise<void> {
    renderProviderPage(ctx, {
      title: 'Is this your device?',
      form: 'flow',
      body: html`
        <p><strong>${client.clientName ?? client.clientId}</strong> (${hostOf(client.clientUri ?? client.redirectUris?.[0] ?? '')})
          asks for permission to:</p>
        <ul>!${requestedScopes(ctx).map((scope) => html`<li>${scopes[scope] ?? scope}</li>`)}</ul>
        <p>Continue only if your device shows this code:</p>
        <p class="code"><code>${userCode}</code></p>
        !${form}
        <p class="buttons even">
          <button type="submit" class="even" form="op.deviceConfirmForm">Yes, it shows this code</button>
          <button type="submit" class="even" form="op.deviceConfirmForm" name="abort" value="yes">No, cancel</button>
        </p>`,
    });
  },

  async successSource(ctx: KoaContextWithOIDC): Promise<void> {
    renderProviderPage(ctx, {
      title: 'Connected',
      body: html`<p>Your device is connected. You can close this page. To remove its access later, open
        <a href="/account/applications">My account</a>.</p>`,
    });
  },
};

/** The requested scopes. The consent page comes next, unless the user has already allowed them. */
function requestedScopes({ oidc }: KoaContextWithOIDC): string[] {
  return String(oidc.entities.DeviceCode?.params?.['scope']).split(' ');
}

/** The provider shows the page again after "No, cancel" and "Deny" as well. */
function describeProblem({ name, message, cause }: Error): string {
  if (cause instanceof DomainError) return cause.message;
  if (cause instanceof NothingToGrant) return `${cause.explanation} The device is not connected.`;
  if (name === 'AbortedError' || message === 'access_denied')
    return 'You denied access. The device is not connected.';
  if (name === 'SessionNotFound')
    return 'You have already answered, or the time is up. If you allowed access, your device is connected.';
  if (name === 'NoCodeError') return 'Enter the code first.';
  return 'That code does not work. Check it, or ask the device for a new one.';
}

/** Gives the provider's input a label, and removes an inline script that our content security policy blocks. */
function makeAccessible(form: string): string {
  return form
    .replace(/ placeholder="[^"]*" onfocus="[^"]*"/, ' aria-label="Code" required')
    .replace('></input>', '>');
}
