import { html } from 'ghtml';
import type { Delivery } from '../../../core/events/deliveries/delivery-service.ts';
import type { Webhook, WebhookWithSecret } from '../../../core/events/webhooks/webhook-service.ts';
import { facts, pager, table, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { callAddress, clientAddress, webhookAddress } from '../addresses.ts';
import { secretBody } from '../confirmation.ts';
import { addressOf } from '../forms.ts';
import { deliveryCells, RESENT, STATE_WORDS } from '../records.ts';

export interface ShownWebhook {
  readonly webhook: Webhook;
  readonly clientName: string;
  readonly deliveries: readonly Delivery[];
  /** Token of the next page of deliveries; undefined on the last page. */
  readonly next: string | undefined;
  readonly done?: string | undefined;
}

export function webhookBody({ webhook, clientName, deliveries, next, done }: ShownWebhook): string {
  const { id, clientId, url, createdAt } = webhook;
  return html`
    !${doneNotice(RESENT, done)}
    !${facts([
      ['URL', html`<code>${url}</code>`],
      ['Application', html`<a href="${clientAddress(clientId)}">${clientName}</a>`],
      ['Added', time(createdAt)],
    ])}
    <p class="buttons">
      <a class="button danger" href="${webhookAddress(id)}/secret">Rotate secret…</a>
      <a class="button danger" href="${webhookAddress(id)}/remove">Remove…</a>
    </p>
    <h2>Deliveries</h2>
    !${deliveryTable(deliveries)}
    !${pager(next && addressOf(webhookAddress(id), { page_token: next }))}`;
}

function deliveryTable(deliveries: readonly Delivery[]): string {
  return table({
    caption: 'Events sent to this webhook, newest first',
    columns: ['Event', 'Call', 'State', 'Attempts', 'Resend'],
    rows: deliveries.map((delivery) => [
      html`${STATE_WORDS[delivery.event]}<br>!${time(delivery.createdAt)}`,
      html`<a href="${callAddress(delivery.callId)}"><code>${delivery.callId.slice(0, 8)}…</code></a>`,
      ...deliveryCells(delivery, 'webhook'),
    ]),
    empty: 'No deliveries yet.',
  });
}

/** A webhook's new secret. */
export function webhookSecretBody({ webhook, secret }: WebhookWithSecret): string {
  return (
    facts([['URL', html`<code>${webhook.url}</code>`]]) +
    secretBody({
      label: 'The secret that signs its messages',
      secret,
      onward: { href: webhookAddress(webhook.id), text: 'Continue to the webhook' },
    })
  );
}
