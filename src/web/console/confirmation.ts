import { html } from 'ghtml';
import { problemNotice } from '../../platform/http/pages/notices.ts';

export interface Confirmation {
  /** Where the form is sent. */
  readonly action: string;
  /** What will happen, one sentence each. */
  readonly consequences: readonly string[];
  /** Text of the button. */
  readonly button: string;
  /** URL of the link Cancel. */
  readonly back: string;
  readonly wrong?: string | undefined;
}

/** Asks for confirmation on a separate page, which works without scripts. */
export function confirmationBody({ action, consequences, button, back, wrong }: Confirmation): string {
  return html`
    !${problemNotice(wrong)}
    <form method="post" action="${action}" class="card">
      <ul>!${consequences.map((each) => html`<li>${each}</li>`)}</ul>
      <div class="buttons">
        <button type="submit" class="danger">${button}</button>
        <a class="button quiet" href="${back}">Cancel</a>
      </div>
    </form>`;
}

/** Shows a new secret, once. @param onward the link to follow after copying it */
export function secretBody(shown: {
  readonly label: string;
  readonly secret: string;
  readonly onward: { readonly href: string; readonly text: string };
}): string {
  const { label, secret, onward } = shown;
  return html`<div class="card">
      <p id="secret-label"><strong>${label}</strong></p>
      <pre aria-labelledby="secret-label" role="group">${secret}</pre>
      <p>This is shown only once. Copy it now.</p>
    </div>
    <p><a class="button" href="${onward.href}">${onward.text}</a></p>`;
}

/** `1 call`, `2 calls` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
