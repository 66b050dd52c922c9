import { html } from 'ghtml';
import { type Call, durationSeconds, type TimelineEntry } from '../../../core/calls/call.ts';
import type { Delivery } from '../../../core/events/deliveries/delivery-service.ts';
import { facts, table, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { durationText } from '../../../platform/time-formats.ts';
import { callAddress, clientAddress, webhookAddress } from '../addresses.ts';
import { ENDED_BY_WORDS, parties, stateBadge } from '../parts/call-words.ts';
import { deliveryCells, RESENT } from '../parts/delivery-parts.ts';
import { userLink } from '../parts/user-link.ts';

export interface CallStory {
  readonly call: Call;
  readonly timeline: readonly TimelineEntry[];
  readonly deliveries: readonly Delivery[];
  readonly done?: string | undefined;
}

export function callBody({ call, timeline, deliveries, done }: CallStory, now: Date): string {
  return html`!${doneNotice(RESENT, done)}
    <div class="card">
      <p class="lead">!${stateBadge(call.state, call.reason)} ${parties(call)}</p>
      !${factsOf(call, now)}
      !${call.endedAt === null ? html`<p><a class="button quiet" href="${callAddress(call.id)}/end">Hang up…</a></p>` : ''}
    </div>
    <h2>Timeline</h2>
    !${table({
      caption: 'What happened, in its order',
      columns: ['When', 'State', 'Ended by'],
      rows: timeline.map(({ at, state, reason, endedBy }) => [
        time(at),
        stateBadge(state, reason),
        html`${endedBy === null ? '' : ENDED_BY_WORDS[endedBy]}`,
      ]),
      empty: 'Nothing is kept of it any more.',
    })}
    <h2>Deliveries</h2>
    !${table({
      caption: 'Where its events went, newest first',
      columns: ['Event', 'To', 'State', 'Attempts', 'Resend'],
      rows: deliveries.map(deliveryRow),
      empty: 'Nobody is told of this call: it has no sink, and its application no webhook.',
    })}`;
}

function factsOf(call: Call, now: Date): string {
  const { endedBy, clientReference, metadata, strippedAt } = call;
  return facts([
    ['User', userLink(call.userName)],
    ['Application', html`<a href="${clientAddress(call.clientId)}">${call.clientId}</a>`],
    ['Opened', time(call.createdAt)],
    ...(call.callerAnsweredAt ? [['Caller answered', time(call.callerAnsweredAt)] as const] : []),
    ...(call.connectedAt ? [['Connected', time(call.connectedAt)] as const] : []),
    call.endedAt
      ? ['Ended', html`!${time(call.endedAt)}${endedBy ? `, by ${ENDED_BY_WORDS[endedBy]}` : ''}`]
      : ['Ends at the latest', time(call.deadlineAt)],
    ['Connected for', durationText(durationSeconds(call, now))],
    ['Carrier', html`${call.carrier}`],
    ...(clientReference === null ? [] : [['Reference', html`${clientReference}`] as const]),
    ...Object.entries(metadata).map(([name, value]) => [name, html`${value}`] as const),
    ...(strippedAt ? [['Numbers removed', time(strippedAt)] as const] : []),
    ['Call', html`<code>${call.id}</code>`],
  ]);
}

function deliveryRow(delivery: Delivery): string[] {
  const { event, url, webhookId } = delivery;
  return [
    stateBadge(event),
    webhookId === null ? html`${url} (sink)` : html`<a href="${webhookAddress(webhookId)}">${url}</a>`,
    ...deliveryCells(delivery, 'call'),
  ];
}
