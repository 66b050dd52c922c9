import { html } from 'ghtml';
import type { PersonCall } from '../../core/calls/person-call-service.ts';
import type { User } from '../../core/people/user-store.ts';
import { spelledNumber } from '../../core/phone-numbers/phone-number.ts';
import { actionButton, elapsed, notice, table } from '../../platform/http/pages/elements.ts';
import { type Fragments, liveRegion } from '../../platform/http/pages/live-fragments.ts';
import { ACCOUNT } from './account-frame.ts';
import { stateBadge } from './call-words.ts';

/** Calls shown at once; a limit can be far higher. */
export const MOST_SHOWN = 100;

export function overviewBody(user: User, calls: readonly PersonCall[], now: Date): string {
  return html`
    !${liveRegion(`${ACCOUNT}/live`, overviewFragments(user, calls), now)}
    <h2>My numbers</h2>
    !${numbers(user)}`;
}

/** What is kept as things are. */
export function overviewFragments(user: User, calls: readonly PersonCall[]): Fragments {
  return { usage: usage(user), calls: ongoing(user, calls) };
}

export const overviewFarewell: Fragments = {
  usage: '',
  calls: `${notice('problem', 'You are signed out, or your sign-in has been renewed: this is not kept up to date any more.')}
    <p><a class="button" href="${ACCOUNT}">Open my account</a></p>`,
};

function usage({ ongoingCalls, maxOngoingCalls: limit }: User): string {
  if (limit === 0) return html`<p>No calls may be opened for you at present: your limit is 0.</p>`;
  return html`<p>
    <meter id="usage" min="0" max="${String(limit)}" value="${String(Math.min(limit, ongoingCalls))}" aria-label="Calls in use"></meter>
    <strong>${String(ongoingCalls)} of ${String(limit)}</strong> calls at once are in use, over all applications.
  </p>`;
}

function ongoing({ ongoingCalls }: User, calls: readonly PersonCall[]): string {
  const more = ongoingCalls - calls.length;
  return html`!${table({
    caption: 'Ongoing calls, the newest first',
    columns: ['To', 'From', 'Application', 'State', 'For', 'Hang up'],
    rows: calls.map(row),
    empty: 'No calls go on. They appear here as they begin.',
  })}
  !${more > 0 && calls.length === MOST_SHOWN ? html`<p>And ${String(more)} more.</p>` : ''}`;
}

function row({ id, caller, callee, clientName, state, createdAt }: PersonCall): string[] {
  const to = spelledNumber(callee);
  return [
    html`${to}`,
    html`${caller === null ? 'no number' : spelledNumber(caller)}`,
    html`${clientName}`,
    stateBadge(state),
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
  !${own.length === 0 && sipAddress === null ? '' : html`<p class="soft">!${whatRings(sipAddress)}</p>`}`;
}

function numbersList(own: readonly string[], hasPhone: boolean): string {
  if (own.length === 0)
    return html`<p class="empty">None yet: an administrator adds the numbers that calls go out from.</p>`;
  const first = hasPhone
    ? 'your number where an application names none'
    : 'rings first where an application names none';
  return html`<ul>!${own.map(
    (number, index) =>
      html`<li>${spelledNumber(number)}${index === 0 && own.length > 1 ? ` (${first})` : ''}</li>`,
  )}</ul>`;
}

function whatRings(sipAddress: string | null): string {
  return sipAddress === null
    ? 'When an application calls for you, one of these rings first. An administrator changes them.'
    : html`When an application calls for you, your phone at <code>${sipAddress}</code> rings first. An administrator changes this.`;
}
