import { html } from 'ghtml';
import { durationSeconds } from '../../core/calls/call.ts';
import { USER_CALL_OUTCOMES, type UserCall } from '../../core/calls/user-call-service.ts';
import { formatPhoneNumber } from '../../core/phone-numbers/phone-number.ts';
import type { ListPage } from '../../platform/database/paging.ts';
import {
  type Option,
  pager,
  selectField,
  table,
  textField,
  time,
} from '../../platform/http/pages/elements.ts';
import { problemNotice } from '../../platform/http/pages/notices.ts';
import { durationText } from '../../platform/time-formats.ts';
import { OUTCOME_WORDS } from '../representations/outcome-words.ts';
import { ACCOUNT_HISTORY } from './account-page.ts';
import { outcomeCell } from './call-badges.ts';

/** The filter, as in the query of the URL. */
export interface HistoryQuery {
  readonly application?: string | undefined;
  readonly outcome?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export function ownHistoryBody(shown: {
  readonly query: HistoryQuery;
  readonly applications: readonly Option[];
  readonly page: ListPage<UserCall>;
  readonly now: Date;
  readonly wrong?: string | undefined;
}): string {
  const { query, applications, page, now, wrong } = shown;
  return html`
    !${problemNotice(wrong)}
    !${filters(query, applications)}
    !${table({
      caption: 'Calls, newest first; times in UTC',
      columns: ['Started', 'To', 'From', 'Application', 'Outcome', 'Duration'],
      rows: page.items.map((call) => row(call, now)),
      empty: 'No matching calls.',
    })}
    !${pager(page.nextPageToken && addressOf({ ...query, page_token: page.nextPageToken }))}`;
}

function filters(query: HistoryQuery, applications: readonly Option[]): string {
  return html`<form method="get" action="${ACCOUNT_HISTORY}" class="filters" role="search">
    !${selectField({ name: 'application', label: 'Application', value: query.application, options: [['', 'Any'], ...applications] })}
    !${selectField({
      name: 'outcome',
      label: 'Outcome',
      value: query.outcome,
      options: [
        ['', 'Any'],
        ...USER_CALL_OUTCOMES.map((outcome): Option => [outcome, OUTCOME_WORDS[outcome].label]),
      ],
    })}
    !${textField({ name: 'from', label: 'First day', type: 'date', value: query.from })}
    !${textField({ name: 'to', label: 'Last day', type: 'date', value: query.to })}
    <button type="submit">Show</button>
  </form>`;
}

function row(call: UserCall, now: Date): string[] {
  const { caller, callee, clientName, clientReference, createdAt, connectedAt } = call;
  return [
    time(createdAt),
    html`${formatPhoneNumber(callee)}`,
    html`${caller === null ? 'no number' : formatPhoneNumber(caller)}`,
    html`${clientName}!${clientReference === null ? '' : html`<br><span class="soft">${clientReference}</span>`}`,
    outcomeCell(call),
    connectedAt === null ? '–' : durationText(durationSeconds(call, now)),
  ];
}

function addressOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return `${ACCOUNT_HISTORY}?${new URLSearchParams(given)}`;
}
