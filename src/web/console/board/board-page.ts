import { html } from 'ghtml';
import type { Board, BoardCall, BoardUser } from '../../../core/calls/board-service.ts';
import { badge, elapsed, notice, tableHead, tableRow } from '../../../platform/http/pages/elements.ts';
import { type Fragments, liveRegion } from '../../../platform/http/pages/live-fragments.ts';
import { CONSOLE, callAddress, HISTORY, userAddress } from '../addresses.ts';
import { callBadge, parties, usage } from '../records.ts';

export const LIVE = `${CONSOLE}/live`;

const COLUMNS = ['Call', 'Application', 'State', 'For', 'Hang up'] as const;

export function boardBody(board: Board, now: Date): string {
  return liveRegion(LIVE, boardFragments(board), now);
}

/** The live parts of the page. */
export function boardFragments(board: Board): Fragments {
  return { totals: totals(board), calls: calls(board) };
}

/** Shown when the live view ends. */
export const boardFarewell: Fragments = {
  totals: '',
  calls: html`!${notice('problem', 'You are signed out of the console. This page is no longer updated.')}
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
  if (busy.length === 0) return html`<p class="empty">No calls right now. New calls appear here.</p>`;
  return html`<table class="board" role="table">
      <caption>Ongoing calls by user; users at their limit first, then by name</caption>
      !${tableHead(COLUMNS)}
      !${busy.map(group)}
    </table>
    !${more > 0 ? html`<p>And ${more.toLocaleString('en')} more calls: see the <a href="${HISTORY}?ongoing=true">history</a>.</p>` : ''}`;
}

function group(user: BoardUser): string {
  const { userName, limit, ongoing } = user;
  const atLimit = ongoing >= limit;
  const hidden = ongoing - user.calls.length;
  return html`<tbody role="rowgroup"!${atLimit ? ' class="at-limit"' : ''}>
    <tr role="row">
      <th scope="rowgroup" role="rowheader" colspan="${String(COLUMNS.length)}">
        <a href="${userAddress(userName)}">${userName}</a>
        !${usage(ongoing, limit)}
        !${atLimit ? badge('At the limit', 'busy') : ''}
        !${hidden > 0 ? html`<span class="soft">${String(hidden)} not shown</span>` : ''}
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
    callBadge(state),
    elapsed(connectedAt ?? createdAt),
    html`<a id="end-${id}" class="button danger" href="${callAddress(id)}/end" aria-label="Hang up ${parties(call)}">Hang up…</a>`,
  ];
  return tableRow(COLUMNS, cells);
}
