import { html } from 'ghtml';
import type { UserCall } from '../../core/calls/user-call-service.ts';
import type { User } from '../../core/people/user-store.ts';
import { formatPhoneNumber } from '../../core/phone-numbers/phone-number.ts';
import { actionButton, elapsed, notice, table } from '../../platform/http/pages/elements.ts';
import { type Fragments, liveRegion } from '../../platform/http/pages/live-fragments.ts';
import { ACCOUNT } from './account-page.ts';
import { ongoingBadge } from './call-badges.ts';

/** How many calls the page shows; a limit can be far higher. */
export const MAX_SHOWN = 100;

export function overviewBody(user: User, calls: readonly UserCall[], now: Date): string {
  return html`
    !${liveRegion(`${ACCOUNT}/live`, overviewFragments(user, calls), now)}
    <h2>My numbers</h2>
    !${numbers(user)}`;
}

/** The live parts of the page. */
export function overviewFragments(user: User, calls: readonly UserCall[]): Fragments {
  return { usage: usage(user), calls: ongoing(user, calls) };
}

/** Shown when the live view ends. */
export const overviewFarewell: Fragments = {
  usage: '',
  calls: `${notice('problem', 'You are signed out, or you have signed in again. This page is no longer updated.')}
    <p><a class="button" href="${ACCOUNT}">Open my account</a></p>`,
};

function usage({ ongoingCalls, maxOngoingCalls: limit }: User): string {
  if (limit === 0) return html`<p>Your limit is 0: no calls can be opened for you.</p>`;
  return html`<p>
    <meter id="usage" min="0" max="${String(limit)}" value="${String(Math.min(limit, ongoingCalls))}" aria-label="Calls in use"></meter>
    <strong>${String(ongoingCalls)} of ${String(limit)}</strong> simultaneous calls, across all applications.
  </p>`;
}

function ongoing({ ongoingCalls }: User, calls: readonly UserCall[]): string {
  const more = ongoingCalls - calls.length;
  return html`!${table({
    caption: 'Ongoing calls, newest first',
    columns: ['To', 'From', 'Application', 'State', 'For', 'Hang up'],
    rows: calls.map(row),
    empty: 'No calls right now. New calls appear here.',
  })}
  !${more > 0 && calls.length === MAX_SHOWN ? html`<p>And ${String(more)} more.</p>` : ''}`;
}

function row({ id, caller, callee, clientName, state, createdAt }: UserCall): string[] {
  const to = formatPhoneNumber(callee);
  return [
    html`${to}`,
    html`${caller === null ? 'no number' : formatPhoneNumber(caller)}`,
    html`${clientName}`,
    ongoingBadge(state),
    elapsed(createdAt),
    actionButton({
      action: `${ACCOUNT}/calls/${id}/end`,
      id: `end-${id}`,
      text: 'Hang up',
      label: `Hang up the call to ${to}`,
      tone: 'danger',
    }),
  ];
}

function numbers({ numbers: own, sipAddress }: User): string {
  return html`!${numbersList(own, sipAddress !== null)}
  !${own.length === 0 && sipAddress === null ? '' : html`<p class="soft">!${ringingText(sipAddress)}</p>`}`;
}

function numbersList(own: readonly string[], hasPhone: boolean): string {
  if (own.length === 0) return html`<p class="empty">None yet. Ask an administrator to add your numbers.</p>`;
  const first = hasPhone
    ? 'used unless an application chooses another'
    : 'rings first unless an application chooses another';
  return html`<ul>!${own.map(
    (number, index) =>
      html`<li>${formatPhoneNumber(number)}${index === 0 && own.length > 1 ? ` (${first})` : ''}</li>`,
  )}</ul>`;
}

function ringingText(sipAddress: string | null): string {
  return sipAddress === null
    ? 'When an application calls for you, one of these numbers rings first. Only an administrator can change them.'
    : html`When an application calls for you, your phone at <code>${sipAddress}</code> rings first. Only an administrator can change this.`;
}
