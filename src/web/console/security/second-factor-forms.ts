import { html } from 'ghtml';
import { type Asset, packageFile, readAsset } from '../../../platform/http/pages/assets.ts';
import { hiddenFields, textField } from '../../../platform/http/pages/elements.ts';

/** The package contains the bundle, but does not export it. */
const SIMPLE_WEBAUTHN_BUNDLE = new URL(
  '../dist/bundle/index.umd.min.js',
  packageFile('@simplewebauthn/browser'),
);

export const PASSKEY_ASSETS: readonly Asset[] = [
  readAsset(SIMPLE_WEBAUTHN_BUNDLE, 'simplewebauthn.js'),
  readAsset(new URL('assets/passkey.js', import.meta.url)),
];

/** The scripts of a page with a passkey form, and its permission to connect. */
export const PASSKEY_SCRIPTS = { scripts: PASSKEY_ASSETS, connects: true } as const;

/** A form that a script completes with a passkey (assets/passkey.js). */
export function passkeyForm(form: {
  readonly use: 'create' | 'verify';
  /** Where the form is sent. */
  readonly action: string;
  /** URL from which the script gets the options for the browser. */
  readonly options: string;
  /** HTML, escaped already. */
  readonly fields?: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly button: string;
}): string {
  const { use, action, options, fields = '', hidden = {}, button } = form;
  return html`<form method="post" action="${action}" data-passkey="${use}" data-options="${options}">
    !${fields}
    !${hiddenFields({ ...hidden, response: '' })}
    <p class="notice problem" role="alert" hidden></p>
    <noscript><p class="notice problem">Passkeys need JavaScript, which is disabled in this browser.</p></noscript>
    <button type="submit">${button}</button>
  </form>`;
}

export function codeField(hint: string, autofocus: boolean): string {
  return textField({
    name: 'code',
    label: 'Code',
    hint,
    autofocus,
    required: true,
    maxLength: 10,
    numeric: true,
    autocomplete: 'one-time-code',
  });
}
