import { html } from 'ghtml';
import type { SecondFactor } from '../../../core/second-factors/second-factor-service.ts';
import { hiddenFields, notice, textField } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import type { Administrator } from '../../entry/request-context.ts';
import { SECOND_FACTOR } from '../return-to.ts';
import { PASSKEY_SCRIPTS, passkeyForm } from './passkey-form.ts';
import { stepPage } from './step-page.ts';

export interface AskedSecondFactor {
  readonly administrator: Administrator;
  readonly factors: readonly SecondFactor[];
  readonly impossiblePasskeys: string | undefined;
  readonly returnTo: string;
  readonly wrong?: string | undefined;
}

/** The second step of the sign-in. */
export function secondFactorPage(asked: AskedSecondFactor): Page {
  const { administrator, factors, impossiblePasskeys, returnTo, wrong } = asked;
  const has = (kind: SecondFactor['kind']) => factors.some((factor) => factor.kind === kind);
  const withPasskey = has('passkey') && impossiblePasskeys === undefined;
  return stepPage({
    title: 'Show that it is you',
    administrator,
    ...(withPasskey && PASSKEY_SCRIPTS),
    body: html`
      !${wrong === undefined ? '' : notice('problem', wrong)}
      !${withPasskey ? html`<section class="card"><h2>Passkey</h2>!${passkey(returnTo)}</section>` : ''}
      !${has('passkey') && !withPasskey ? notice('problem', `Your passkey cannot be used here: ${impossiblePasskeys}.`) : ''}
      !${has('totp') ? html`<section class="card"><h2>Authenticator app</h2>!${code(returnTo, !withPasskey)}</section>` : ''}
      <p class="soft">You have lost it? Another administrator can reset your second factors, or whoever runs this server.</p>`,
  });
}

function passkey(returnTo: string): string {
  return passkeyForm({
    act: 'show',
    action: `${SECOND_FACTOR}/passkey`,
    options: `${SECOND_FACTOR}/passkey/options`,
    hidden: { return_to: returnTo },
    button: 'Use a passkey',
  });
}

function code(returnTo: string, autofocus: boolean): string {
  return html`<form method="post" action="${SECOND_FACTOR}/code">
    !${hiddenFields({ return_to: returnTo })}
    !${codeField('The six digits that your authenticator app shows now.', autofocus)}
    <button type="submit">Go on</button>
  </form>`;
}

export function codeField(hint: string, autofocus: boolean): string {
  return textField({
    ...{ name: 'code', label: 'Code', hint, autofocus, required: true, maxLength: 10, numeric: true },
    autocomplete: 'one-time-code',
  });
}
