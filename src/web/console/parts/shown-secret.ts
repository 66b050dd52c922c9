import { html } from 'ghtml';

/** A secret that was just made, on the only page that ever shows it. @param onward where to go once it is kept */
export function shownSecret(shown: {
  readonly label: string;
  readonly secret: string;
  readonly onward: { readonly href: string; readonly text: string };
}): string {
  const { label, secret, onward } = shown;
  return html`<div class="card">
      <p id="secret-label"><strong>${label}</strong></p>
      <pre aria-labelledby="secret-label" role="group">${secret}</pre>
      <p>It is shown this once, and never again: take it along now.</p>
    </div>
    <p><a class="button" href="${onward.href}">${onward.text}</a></p>`;
}
