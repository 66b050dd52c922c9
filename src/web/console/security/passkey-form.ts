import { html } from 'ghtml';
import type { AssetName } from '../../../platform/http/pages/assets.ts';
import { hiddenFields } from '../../../platform/http/pages/elements.ts';

/** What a page with such a form needs. */
export const PASSKEY_SCRIPTS = {
  scripts: ['simplewebauthn.js', 'passkey.js'] as readonly AssetName[],
  connects: true,
} as const;

/** A form that the browser's passkey fills in: see assets/passkey.js. */
export function passkeyForm(form: {
  readonly act: 'create' | 'show';
  /** Where the answer is sent. */
  readonly action: string;
  /** Where the script asks for what is to be answered. */
  readonly options: string;
  /** HTML, escaped already. */
  readonly fields?: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly button: string;
}): string {
  const { act, action, options, fields = '', hidden = {}, button } = form;
  return html`<form method="post" action="${action}" data-passkey="${act}" data-options="${options}">
    !${fields}
    !${hiddenFields({ ...hidden, response: '' })}
    <p class="notice problem" role="alert" hidden></p>
    <noscript><p class="notice problem">Passkeys need JavaScript, which is off in this browser.</p></noscript>
    <button type="submit">${button}</button>
  </form>`;
}
