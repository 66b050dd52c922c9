import { html } from 'ghtml';
import { type Delivery, TEST_TYPE } from '../../../core/events/deliveries/delivery-service.ts';
import type { Webhook, WebhookWithSecret } from '../../../core/events/webhooks/webhook-service.ts';
import {
  actionButton,
  badge,
  facts,
  notice,
  pager,
  table,
  time,
} from '../../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import { secondText } from '../../../platform/time-formats.ts';
import { callAddress, clientAddress, webhookAddress } from '../addresses.ts';
import { secretBody } from '../confirmation.ts';
import { addressOf } from '../forms.ts';
import { deliveryCells, pauseText, RESENT, STATE_WORDS } from '../records.ts';
import { eventsField } from './webhook-forms.ts';

const DONE = {
  ...RESENT,
  tested: 'A test event is queued. Its result appears below; load the page again to see it.',
  eventsChanged: 'The events are changed.',
  disabled: 'The webhook is disabled.',
  enabled: 'The webhook is enabled. What it missed is not sent; resend what it needs.',
};

const DISABLED_WORDS: Readonly<Record<NonNullable<Webhook['disabledReason']>, string>> = {
  receiverGone: 'its receiver answered 410 (Gone)',
  requested: 'the application or an administrator disabled it',
};

export interface ShownWebhook {
  readonly webhook: Webhook;
  readonly clientName: string;
  readonly deliveries: readonly Delivery[];
  /** Token of the next page of deliveries; undefined on the last page. */
  readonly next: string | undefined;
  readonly done?: string | undefined;
  /** The error message of a form. */
  readonly wrong?: string | undefined;
}

export function webhookBody({ webhook, clientName, deliveries, next, done, wrong }: ShownWebhook): string {
  const { id, clientId, url, createdAt, pause } = webhook;
  const address = webhookAddress(id);
  return html`
    !${doneNotice(DONE, done)}
    !${problemNotice(wrong)}
    !${disabledNotice(webhook)}
    !${facts([
      ['URL', html`<code>${url}</code>`],
      ['Application', html`<a href="${clientAddress(clientId)}">${clientName}</a>`],
      ['Added', time(createdAt)],
      ['State', html`!${webhookBadge(webhook)} !${pause ? pauseText(pause) : ''}`],
    ])}
    <div class="buttons">
      !${actionButton({ action: `${address}/test`, text: 'Send test event' })}
      !${webhook.disabledAt ? actionButton({ action: `${address}/enable`, text: 'Enable' }) : html`<a class="button danger" href="${address}/disable">Disable…</a>`}
      <a class="button danger" href="${address}/secret">Rotate secret…</a>
      <a class="button danger" href="${address}/remove">Remove…</a>
    </div>
    <form method="post" action="${address}/events" class="card">
      !${eventsField(webhook.events)}
      <button type="submit">Save events</button>
    </form>
    <h2>Deliveries</h2>
    !${deliveryTable(deliveries)}
    !${pager(next && addressOf(webhookAddress(id), { page_token: next }))}`;
}

function deliveryTable(deliveries: readonly Delivery[]): string {
  return table({
    caption: 'Events sent to this webhook, newest first',
    columns: ['Event', 'Call', 'State', 'Attempts', 'Resend'],
    rows: deliveries.map((delivery) => [
      html`${delivery.event === TEST_TYPE ? 'Test' : STATE_WORDS[delivery.event]}<br>!${time(delivery.createdAt)}`,
      delivery.callId === null
        ? 'none'
        : html`<a href="${callAddress(delivery.callId)}"><code>${delivery.callId.slice(0, 8)}…</code></a>`,
      ...deliveryCells(delivery, 'webhook'),
    ]),
    empty: 'No deliveries yet.',
  });
}

export function webhookBadge({ disabledAt, pause }: Webhook): string {
  if (disabledAt) return badge('disabled', 'bad');
  return pause ? badge('paused', 'busy') : badge('enabled', 'good');
}

function disabledNotice({ disabledAt, disabledReason }: Webhook): string {
  if (!disabledAt || !disabledReason) return '';
  const when = secondText(disabledAt);
  return notice(
    'problem',
    `This webhook gets no events. It has been disabled since ${when} UTC, because ${DISABLED_WORDS[disabledReason]}.`,
  );
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
