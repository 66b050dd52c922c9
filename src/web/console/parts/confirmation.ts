import { html } from 'ghtml';
import { problemNotice } from '../../../platform/http/pages/notices.ts';

export interface Confirmation {
  /** Where the form is sent to. */
  readonly action: string;
  /** What comes of it, sentence by sentence. */
  readonly consequences: readonly string[];
  /** What the button says that does it. */
  readonly button: string;
  /** Where the way back leads. */
  readonly back: string;
  readonly wrong?: string | undefined;
}

/** Asks once more before something ends: a page of its own, so that it asks without script, too. */
export function confirmationBody({ action, consequences, button, back, wrong }: Confirmation): string {
  return html`
    !${problemNotice(wrong)}
    <form method="post" action="${action}" class="card">
      <ul>!${consequences.map((each) => html`<li>${each}</li>`)}</ul>
      <div class="buttons">
        <button type="submit" class="danger">${button}</button>
        <a class="button quiet" href="${back}">Leave it as it is</a>
      </div>
    </form>`;
}

/** `1 call`, `2 calls` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
