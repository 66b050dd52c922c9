import { html } from 'ghtml';
import type { Attempt, Delivery } from '../../../core/events/deliveries/delivery-service.ts';
import { actionButton, badge, time } from '../../../platform/http/pages/elements.ts';
import { CONSOLE } from '../return-to.ts';

/** What a page says when a delivery was sent again from it. */
export const RESENT = {
  resent: 'It is delivered once more. What waits for an earlier event of its call goes on waiting.',
};

const STATES: Readonly<Record<Delivery['state'], string>> = {
  pending: badge('waiting', 'busy'),
  delivered: badge('delivered', 'good'),
  parked: badge('given up after three days', 'bad'),
  stopped: badge('stopped', 'bad'),
};

/** The cells for what became of a delivery: its state, its attempts, and the button to send it again. */
export function deliveryCells({ id, state, attempts }: Delivery, from: 'call' | 'webhook'): string[] {
  const resend = actionButton({
    action: `${CONSOLE}/deliveries/${id}/resend`,
    ...(from === 'call' && { fields: { from } }),
    text: 'Resend',
    label: `Resend delivery ${id}`,
    tone: 'quiet',
  });
  return [STATES[state], attemptsOf(attempts), resend];
}

function attemptsOf(attempts: readonly Attempt[]): string {
  const last = attempts.at(-1);
  if (!last) return 'none yet';
  if (attempts.length === 1) return attemptInWords(last);
  return html`<details>
    <summary>${String(attempts.length)}, the last: ${outcomeOf(last)}</summary>
    <ol>!${attempts.map((attempt) => html`<li>!${attemptInWords(attempt)}</li>`)}</ol>
  </details>`;
}

function attemptInWords(attempt: Attempt): string {
  return html`!${time(new Date(attempt.at))}: ${outcomeOf(attempt)}, in ${String(attempt.milliseconds)} ms`;
}

function outcomeOf({ status, problem }: Attempt): string {
  return [problem ?? 'delivered', status === null ? '' : `(status ${status})`].join(' ').trim();
}
