import { html } from 'ghtml';
import {
  CALL_STATES,
  type Call,
  DISCONNECTION_REASONS,
  type DisconnectionReason,
  durationSeconds,
} from '../../../core/calls/call.ts';
import type { ListPage } from '../../../platform/database/paging.ts';
import {
  type Option,
  pager,
  selectField,
  table,
  textField,
  time,
} from '../../../platform/http/pages/elements.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { durationText } from '../../../platform/time-formats.ts';
import type { SearchQuery } from '../../representations/call-search-query.ts';
import { REASON_WORDS } from '../../representations/reason-words.ts';
import { callAddress, clientAddress, HISTORY } from '../addresses.ts';
import { addressOf, timeField } from '../forms.ts';
import { callBadge, parties, STATE_WORDS, userLink } from '../records.ts';

const YES_OR_NO: readonly Option[] = [
  ['', 'Any'],
  ['true', 'Yes'],
  ['false', 'No'],
];

const REASON_LABELS = Object.fromEntries(
  Object.entries(REASON_WORDS).map(([reason, { label }]) => [reason, label]),
) as Record<DisconnectionReason, string>;

export interface History {
  readonly search: SearchQuery;
  readonly page?: ListPage<Call>;
  readonly wrong?: string;
}

export function callHistoryBody({ search, page, wrong }: History): string {
  return html`!${problemNotice(wrong)}
    !${filters(search)}
    !${page === undefined ? '' : results(search, page)}`;
}

function filters(search: SearchQuery): string {
  const { q, user, client, caller, callee, state, reason, sip_status, q850_cause, ongoing, from, to } =
    search;
  const further = [client, caller, callee, state, reason, sip_status, q850_cause, ongoing];
  return html`<form method="get" action="${HISTORY}" class="card" aria-label="Search">
    <div class="filters">
      !${textField({ name: 'q', label: 'Search', value: q, type: 'search', hint: 'A complete number, user, reference or call ID' })}
      !${textField({ name: 'user', label: 'User', value: user })}
      !${timeField('from', 'From', from)}
      !${timeField('to', 'Until', to)}
    </div>
    <details!${further.some((each) => each !== undefined) ? ' open' : ''}>
      <summary>More filters</summary>
      <div class="filters">
        !${textField({ name: 'caller', label: 'Caller’s number', value: caller })}
        !${textField({ name: 'callee', label: 'Callee’s number', value: callee })}
        !${textField({ name: 'client', label: 'Client ID', value: client })}
        !${selectField({ name: 'state', label: 'State', value: state, options: choices(CALL_STATES, STATE_WORDS) })}
        !${selectField({ name: 'ongoing', label: 'Ongoing', value: ongoing, options: YES_OR_NO })}
        !${selectField({ name: 'reason', label: 'Reason', value: reason, options: choices(DISCONNECTION_REASONS, REASON_LABELS) })}
        !${textField({ name: 'sip_status', label: 'SIP status', value: sip_status, numeric: true })}
        !${textField({ name: 'q850_cause', label: 'Q.850 cause', value: q850_cause, numeric: true })}
      </div>
    </details>
    <p class="buttons"><button type="submit">Search</button> <a class="button quiet" href="${HISTORY}">Clear</a></p>
  </form>`;
}

function choices<Word extends string>(
  words: readonly Word[],
  texts: Readonly<Record<Word, string>>,
): Option[] {
  return [['', 'Any'], ...words.map((word): Option => [word, texts[word]])];
}

function results(search: SearchQuery, { items, nextPageToken }: ListPage<Call>): string {
  const next = nextPageToken && addressOf(HISTORY, search, { page_token: nextPageToken });
  const file = (format: string) => addressOf(`${HISTORY}/export`, search, { format });
  const now = new Date();
  return html`!${table({
    caption: 'Calls, newest first',
    columns: ['Opened', 'User', 'Call', 'Application', 'State', 'Connected for'],
    rows: items.map((call) => row(call, now)),
    empty: 'No matching calls.',
  })}
    !${pager(next)}
    <p>Export matching calls as <a href="${file('csv')}" download>CSV</a> or <a href="${file('jsonl')}" download>JSON Lines</a>.
      Exports are recorded in the audit log.</p>`;
}

function row(call: Call, now: Date): string[] {
  const { id, userName, clientId, createdAt } = call;
  return [
    time(createdAt),
    userLink(userName),
    html`<a href="${callAddress(id)}">${parties(call)}</a>`,
    html`<a href="${clientAddress(clientId)}">${clientId}</a>`,
    callBadge(call.state, call.reason),
    durationText(durationSeconds(call, now)),
  ];
}
