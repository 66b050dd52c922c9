import { html } from 'ghtml';
import type { Board, BoardCall, BoardUser } from '../../../core/calls/board-service.ts';
import { badge, elapsed, notice, tableHead, tableRow } from '../../../platform/http/pages/elements.ts';
import { type Fragments, liveRegion } from '../../../platform/http/pages/live-fragments.ts';
import { callAddress, userAddress } from '../addresses.ts';
import { parties, stateBadge } from '../parts/call-words.ts';
import { usage } from '../parts/usage.ts';
import { CONSOLE } from '../return-to.ts';

export const LIVE = `${CONSOLE}/live`;

const COLUMNS = ['Call', 'Application', 'State', 'For', 'Hang up'] as const;

export function boardBody(board: Board, now: Date): string {
  return liveRegion(LIVE, boardFragments(board), now);
}

/** What is kept as things are. */
export function boardFragments(board: Board): Fragments {
  return { totals: totals(board), calls: calls(board) };
}

export const boardFarewell: Fragments = {
  totals: '',
  calls: html`!${notice('problem', 'You are not signed in to the console any more: this is not kept up to date.')}
    <p><a class="button" href="${CONSOLE}">Sign in again</a></p>`,
};

function totals({ ongoingCalls, users, usersAtLimit }: Board): string {
  const figure = (number: number, text: string, tone = '') =>
    html`<div class="figure ${tone}"><dt>${text}</dt><dd>${number.toLocaleString('en')}</dd></div>`;
  return html`<dl class="figures">
    !${figure(ongoingCalls, 'ongoing calls')}
    !${figure(users, 'users in calls')}
    !${figure(usersAtLimit, 'users at their limit', usersAtLimit > 0 ? 'busy' : '')}
  </dl>`;
}

function calls({ busy, more }: Board): string {
  if (busy.length === 0)
    return html`<p class="empty">No calls go on just now. They appear here as soon as one does.</p>`;
  return html`<table class="board" role="table">
      <caption>Ongoing calls by user: those at their limit first, then by name</caption>
      !${tableHead(COLUMNS)}
      !${busy.map(group)}
    </table>
    !${more > 0 ? html`<p>And ${more.toLocaleString('en')} more calls, which the <a href="${CONSOLE}/calls?ongoing=true">history</a> lists.</p>` : ''}`;
}

function group(user: BoardUser): string {
  const { userName, limit, ongoing } = user;
  const atLimit = ongoing >= limit;
  const unseen = ongoing - user.calls.length;
  return html`<tbody role="rowgroup"!${atLimit ? ' class="at-limit"' : ''}>
    <tr role="row">
      <th scope="rowgroup" role="rowheader" colspan="${String(COLUMNS.length)}">
        <a href="${userAddress(userName)}">${userName}</a>
        !${usage(ongoing, limit)}
        !${atLimit ? badge('At the limit', 'busy') : ''}
        !${unseen > 0 ? html`<span class="soft">${String(unseen)} not shown</span>` : ''}
      </th>
    </tr>
    !${user.calls.map(row)}
  </tbody>`;
}

function row(call: BoardCall): string {
  const { id, clientId, clientName, state, createdAt, connectedAt } = call;
  const cells = [
    html`<a id="call-${id}" href="${callAddress(id)}">${parties(call)}</a>`,
    html`${clientName ?? clientId}`,
    stateBadge(state),
    elapsed(connectedAt ?? createdAt),
    html`<a id="end-${id}" class="button danger" href="${callAddress(id)}/end" aria-label="Hang up ${parties(call)}">Hang up…</a>`,
  ];
  return tableRow(COLUMNS, cells);
}
