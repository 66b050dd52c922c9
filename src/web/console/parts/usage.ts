import { html } from 'ghtml';

/** How much of a limit is in use, as a bar and in words. */
export function usage(ongoing: number, limit: number): string {
  const most = Math.max(1, limit); // a limit of 0 has no bar of its own
  const text = `${ongoing} of ${limit}`;
  return html`<span class="usage"><meter min="0" max="${String(most)}" high="${String(most - 0.5)}" optimum="0" value="${String(Math.min(most, ongoing))}" aria-label="Calls in use"></meter> ${text}</span>`;
}
