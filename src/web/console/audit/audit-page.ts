import { html } from 'ghtml';
import { ACTIONS } from '../../../core/audit/act.ts';
import type { RecordedAct } from '../../../core/audit/audit-log.ts';
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
import type { AuditQuery } from '../../representations/audit-query.ts';
import { clientAddress } from '../addresses.ts';
import { addressOf } from '../parts/query.ts';
import { timeField } from '../parts/time-field.ts';
import { userLink } from '../parts/user-link.ts';
import { CONSOLE } from '../return-to.ts';
import { ACTION_WORDS, ACTOR_WORDS } from './act-words.ts';

export const AUDIT_LOG = `${CONSOLE}/audit-log` as const;

export interface AuditView {
  /** As it was asked for. */
  readonly asked: AuditQuery;
  readonly page?: ListPage<RecordedAct>;
  readonly wrong?: string;
}

export function auditBody({ asked, page, wrong }: AuditView): string {
  return html`<p>Everything that concerns security: who did it, when, from where, and what changed. Nothing is ever changed
      here or removed.</p>
    !${problemNotice(wrong)}
    !${filters(asked)}
    !${page === undefined ? '' : results(asked, page)}`;
}

function filters({ action, actor, user, client, from, to }: AuditQuery): string {
  const options = [['', 'Anything'] as Option, ...ACTIONS.map((each): Option => [each, ACTION_WORDS[each]])];
  return html`<form method="get" action="${AUDIT_LOG}" class="card" aria-label="Filters">
    <div class="filters">
      !${selectField({ name: 'action', label: 'What was done', value: action, options })}
      !${textField({ name: 'actor', label: 'Done by', value: actor, hint: 'A user’s name' })}
      !${textField({ name: 'user', label: 'Concerns', value: user, hint: 'A user’s name' })}
      !${textField({ name: 'client', label: 'Application', value: client, hint: 'By id' })}
      !${timeField('from', 'From', from)}
      !${timeField('to', 'Until', to)}
    </div>
    <p class="buttons"><button type="submit">Show</button> <a class="button quiet" href="${AUDIT_LOG}">Clear</a></p>
  </form>`;
}

function results(asked: AuditQuery, { items, nextPageToken }: ListPage<RecordedAct>): string {
  const next = nextPageToken && addressOf(AUDIT_LOG, asked, { page_token: nextPageToken });
  const file = (format: string) => addressOf(`${AUDIT_LOG}/export`, asked, { format });
  return html`!${table({
    caption: 'Acts, newest first',
    columns: ['When', 'Who', 'From', 'Did what', 'Concerns', 'Details'],
    rows: items.map(row),
    empty: 'Nothing of this kind was done.',
  })}
    !${pager(next)}
    <p>Export what fits as <a href="${file('csv')}" download>CSV</a> or <a href="${file('jsonl')}" download>JSON Lines</a>.
      Exports are written here, too.</p>`;
}

function row(act: RecordedAct): string[] {
  return [
    time(act.at),
    html`!${whoDid(act)}`,
    html`<span class="nowrap">${act.ipAddress ?? ''}</span>`,
    html`${ACTION_WORDS[act.action]}`,
    concerns(act).join('<br>'),
    details(act),
  ];
}

function whoDid({ actor, actorUser, actorUserId, actorClientId, actorClientName }: RecordedAct): string {
  const person = actorUserId === null ? '' : nameOf(actorUser, actorUserId);
  const through = actorClientId === null ? '' : html` (${actorClientName ?? actorClientId})`;
  return person === '' ? html`${ACTOR_WORDS[actor]}!${through}` : html`!${person}!${through}`;
}

function concerns({ user, userId, clientId, clientName, subject }: RecordedAct): string[] {
  return [
    ...(userId === null ? [] : [nameOf(user, userId)]),
    ...(clientId === null ? [] : [html`<a href="${clientAddress(clientId)}">${clientName ?? clientId}</a>`]),
    ...(subject === null ? [] : [html`<code>${subject}</code>`]),
  ];
}

/** Of who is gone only the id is left. */
function nameOf(name: string | null, id: string): string {
  return name === null ? html`<code>${id}</code>` : userLink(name);
}

function details({ details: all }: RecordedAct): string {
  const entries = Object.entries(all).filter(([, value]) => value !== null);
  return entries
    .map(([name, value]) => html`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('<br>');
}
