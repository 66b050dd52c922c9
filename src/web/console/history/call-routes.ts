import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { type Call, durationSeconds, type TimelineEntry } from '../../../core/calls/call.ts';
import type { CallAdministration } from '../../../core/calls/call-administration.ts';
import {
  type Delivery,
  type DeliveryService,
  TEST_TYPE,
} from '../../../core/events/deliveries/delivery-service.ts';
import { badge, facts, table, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { durationText } from '../../../platform/time-formats.ts';
import { callAddress, clientAddress, HISTORY, webhookAddress } from '../addresses.ts';
import { DoneQuery } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import {
  callBadge,
  causeText,
  deliveryCells,
  ENDED_BY_WORDS,
  parties,
  RESENT,
  userLink,
} from '../records.ts';

/** Enough for a call with a few webhooks. The pages of the webhooks list all deliveries. */
const MAX_DELIVERIES = 100;
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });

interface ConsoleCallDeps {
  readonly calls: CallAdministration;
  readonly deliveries: DeliveryService;
}

/** The page of a call, with its timeline and deliveries. */
export const consoleCallRoutes: FastifyPluginAsyncTypebox<ConsoleCallDeps> = async (
  app,
  { calls, deliveries },
) => {
  app.get(
    `${HISTORY}/:id`,
    {
      config: { entry: 'console', errorPage: errorPageIn(HISTORY) },
      schema: { hide: true, params, querystring: DoneQuery },
    },
    async (request, reply) => {
      const call = await calls.findCall(request.params.id);
      const [timeline, { items: sent }] = await Promise.all([
        calls.findTimeline(call.id),
        deliveries.listDeliveries({ callId: call.id }, { size: MAX_DELIVERIES }),
      ]);
      const body = doneNotice(RESENT, request.query.done) + bodyOf(call, timeline, sent);
      return sendPage(reply, consolePage(request, { title: 'Call', current: HISTORY, body }));
    },
  );
};

function bodyOf(call: Call, timeline: readonly TimelineEntry[], deliveries: readonly Delivery[]): string {
  return html`
    <div class="card">
      <p class="lead">!${callBadge(call.state, call.reason)} ${parties(call)}</p>
      !${callFacts(call)}
      !${call.endedAt === null ? html`<p><a class="button quiet" href="${callAddress(call.id)}/end">Hang up…</a></p>` : ''}
    </div>
    <h2>Timeline</h2>
    !${table({
      caption: 'Changes of the call, in order',
      columns: ['When', 'State', 'Ended by'],
      rows: timeline.map(({ at, state, reason, endedBy }) => [
        time(at),
        callBadge(state, reason),
        html`${endedBy === null ? '' : ENDED_BY_WORDS[endedBy]}`,
      ]),
      empty: 'The timeline has been deleted.',
    })}
    <h2>Deliveries</h2>
    !${table({
      caption: 'Where its events were sent, newest first',
      columns: ['Event', 'To', 'State', 'Attempts', 'Resend'],
      rows: deliveries.map(deliveryRow),
      empty: 'Its events are not sent anywhere: the call has no sink, and its application has no webhook.',
    })}`;
}

function callFacts(call: Call): string {
  const { endedBy, clientReference, metadata, strippedAt } = call;
  const cause = causeText(call);
  return facts([
    ['User', userLink(call.userName)],
    ['Application', html`<a href="${clientAddress(call.clientId)}">${call.clientId}</a>`],
    ['Opened', time(call.createdAt)],
    ...(call.callerAnsweredAt ? [['Caller answered', time(call.callerAnsweredAt)] as const] : []),
    ...(call.connectedAt ? [['Connected', time(call.connectedAt)] as const] : []),
    call.endedAt
      ? ['Ended', html`!${time(call.endedAt)}${endedBy ? `, by ${ENDED_BY_WORDS[endedBy]}` : ''}`]
      : ['Deadline', time(call.deadlineAt)],
    ...(cause === undefined ? [] : [['Cause', html`${cause}`] as const]),
    ['Connected for', durationText(durationSeconds(call, new Date()))],
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
    event === TEST_TYPE ? badge('test') : callBadge(event),
    webhookId === null ? html`${url} (sink)` : html`<a href="${webhookAddress(webhookId)}">${url}</a>`,
    ...deliveryCells(delivery, 'call'),
  ];
}
