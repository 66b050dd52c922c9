import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import type { Attempt, Delivery } from '../../events/deliveries/delivery-service.ts';
import type { Webhook, WebhookWithSecret } from '../../events/webhooks/webhook-service.ts';
import { actionButton, badge, facts, pager, table, time } from '../../http/pages/elements.ts';
import type { Page } from '../../http/pages/page.ts';
import { CLIENTS, callAddress, clientAddress, webhookAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { STATE_WORDS } from '../parts/call-words.ts';
import { consolePage } from '../parts/console-page.ts';
import { doneNotice } from '../parts/notices.ts';
import { shownSecret } from '../parts/shown-secret.ts';
import { CONSOLE } from '../return-to.ts';

const DONE = {
  resent: 'It is delivered once more. What waits for an earlier event of its call goes on waiting.',
};

const STATES: Readonly<Record<Delivery['state'], string>> = {
  pending: badge('waiting', 'busy'),
  delivered: badge('delivered', 'good'),
  parked: badge('given up after three days', 'bad'),
  stopped: badge('stopped', 'bad'),
};

export interface ShownWebhook {
  readonly webhook: Webhook;
  readonly clientName: string;
  readonly deliveries: readonly Delivery[];
  /** Where the log goes on; undefined at its end. */
  readonly next: string | undefined;
  readonly done?: string | undefined;
}

export function webhookBody({ webhook, clientName, deliveries, next, done }: ShownWebhook): string {
  const { id, clientId, url, createdAt } = webhook;
  return html`
    !${doneNotice(DONE, done)}
    !${facts([
      ['Address', html`<code>${url}</code>`],
      ['Application', html`<a href="${clientAddress(clientId)}">${clientName}</a>`],
      ['Added', time(createdAt)],
    ])}
    <p class="buttons">
      <a class="button danger" href="${webhookAddress(id)}/secret">New secret…</a>
      <a class="button danger" href="${webhookAddress(id)}/remove">Remove…</a>
    </p>
    <h2>Deliveries</h2>
    !${deliveryTable(deliveries)}
    !${pager(next && `${webhookAddress(id)}?${new URLSearchParams({ page_token: next })}`)}`;
}

function deliveryTable(deliveries: readonly Delivery[]): string {
  return table({
    caption: 'Events on their way to it, newest first',
    columns: ['Event', 'Call', 'State', 'Attempts', 'Resend'],
    rows: deliveries.map(({ id, event, createdAt, callId, state, attempts }) => [
      html`${STATE_WORDS[event]}<br>!${time(createdAt)}`,
      html`<a href="${callAddress(callId)}"><code>${callId.slice(0, 8)}…</code></a>`,
      STATES[state],
      attemptsOf(attempts),
      actionButton({
        action: `${CONSOLE}/deliveries/${id}/resend`,
        text: 'Resend',
        label: `Resend delivery ${id}`,
        tone: 'quiet',
      }),
    ]),
    empty: 'None yet.',
  });
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

/** A webhook's new secret, shown this once. */
export function webhookSecretPage(request: FastifyRequest, title: string, made: WebhookWithSecret): Page {
  const { webhook, secret } = made;
  return consolePage({
    ...{ title, current: CLIENTS, administrator: administratorOf(request), wide: false },
    body:
      facts([['Address', html`<code>${webhook.url}</code>`]]) +
      shownSecret({
        label: 'The secret that its messages are signed with',
        secret,
        onward: { href: webhookAddress(webhook.id), text: 'Go on to the webhook' },
      }),
  });
}
