import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import type { Delivery } from '../../../core/events/deliveries/delivery-service.ts';
import type { Webhook, WebhookWithSecret } from '../../../core/events/webhooks/webhook-service.ts';
import { facts, pager, table, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { CLIENTS, callAddress, clientAddress, webhookAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { STATE_WORDS } from '../parts/call-words.ts';
import { consolePage } from '../parts/console-page.ts';
import { deliveryCells, RESENT } from '../parts/delivery-parts.ts';
import { shownSecret } from '../parts/shown-secret.ts';

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
    !${doneNotice(RESENT, done)}
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
    rows: deliveries.map((delivery) => [
      html`${STATE_WORDS[delivery.event]}<br>!${time(delivery.createdAt)}`,
      html`<a href="${callAddress(delivery.callId)}"><code>${delivery.callId.slice(0, 8)}…</code></a>`,
      ...deliveryCells(delivery, 'webhook'),
    ]),
    empty: 'None yet.',
  });
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
