import { html } from 'ghtml';
import { ACTIONS, type Action } from '../../../core/audit/act.ts';
import type { Actor } from '../../../core/audit/actor.ts';
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
import { AUDIT_LOG, clientAddress } from '../addresses.ts';
import { addressOf, timeField } from '../forms.ts';
import { userLink } from '../records.ts';

export interface AuditView {
  readonly query: AuditQuery;
  readonly page?: ListPage<RecordedAct>;
  readonly wrong?: string;
}

export function auditBody({ query, page, wrong }: AuditView): string {
  return html`<p>All security-relevant actions: who did what, when, from where, and what changed. Entries are never changed or
      removed.</p>
    !${problemNotice(wrong)}
    !${filters(query)}
    !${page === undefined ? '' : results(query, page)}`;
}

function filters({ action, actor, user, client, from, to }: AuditQuery): string {
  const options = [['', 'Any'] as Option, ...ACTIONS.map((each): Option => [each, ACTION_WORDS[each]])];
  return html`<form method="get" action="${AUDIT_LOG}" class="card" aria-label="Filters">
    <div class="filters">
      !${selectField({ name: 'action', label: 'Action', value: action, options })}
      !${textField({ name: 'actor', label: 'Actor', value: actor, hint: 'Name of a user' })}
      !${textField({ name: 'user', label: 'Affected user', value: user, hint: 'Name of a user' })}
      !${textField({ name: 'client', label: 'Application', value: client, hint: 'Client ID' })}
      !${timeField('from', 'From', from)}
      !${timeField('to', 'Until', to)}
    </div>
    <p class="buttons"><button type="submit">Show</button> <a class="button quiet" href="${AUDIT_LOG}">Clear</a></p>
  </form>`;
}

function results(query: AuditQuery, { items, nextPageToken }: ListPage<RecordedAct>): string {
  const next = nextPageToken && addressOf(AUDIT_LOG, query, { page_token: nextPageToken });
  const file = (format: string) => addressOf(`${AUDIT_LOG}/export`, query, { format });
  return html`!${table({
    caption: 'Actions, newest first',
    columns: ['When', 'Who', 'From', 'Action', 'Affects', 'Details'],
    rows: items.map(row),
    empty: 'No matching entries.',
  })}
    !${pager(next)}
    <p>Export matching entries as <a href="${file('csv')}" download>CSV</a> or <a href="${file('jsonl')}" download>JSON Lines</a>.
      Exports are recorded here, too.</p>`;
}

function row(act: RecordedAct): string[] {
  return [
    time(act.at),
    html`!${actorText(act)}`,
    html`<span class="nowrap">${act.ipAddress ?? ''}</span>`,
    html`${ACTION_WORDS[act.action]}`,
    affectedLinks(act).join('<br>'),
    detailsText(act),
  ];
}

function actorText({ actor, actorUser, actorUserId, actorClientId, actorClientName }: RecordedAct): string {
  const actorLink = actorUserId === null ? '' : userLinkOrId(actorUser, actorUserId);
  const through = actorClientId === null ? '' : html` (${actorClientName ?? actorClientId})`;
  return actorLink === '' ? html`${ACTOR_WORDS[actor]}!${through}` : html`!${actorLink}!${through}`;
}

function affectedLinks({ user, userId, clientId, clientName, subject }: RecordedAct): string[] {
  return [
    ...(userId === null ? [] : [userLinkOrId(user, userId)]),
    ...(clientId === null ? [] : [html`<a href="${clientAddress(clientId)}">${clientName ?? clientId}</a>`]),
    ...(subject === null ? [] : [html`<code>${subject}</code>`]),
  ];
}

/** Removed users have no name; shows their id. */
function userLinkOrId(name: string | null, id: string): string {
  return name === null ? html`<code>${id}</code>` : userLink(name);
}

function detailsText({ details }: RecordedAct): string {
  const entries = Object.entries(details).filter(([, value]) => value !== null);
  return entries
    .map(([name, value]) => html`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('<br>');
}

const ACTION_WORDS: Readonly<Record<Action, string>> = {
  signedIn: 'Signed in',
  signInRefused: 'Failed to sign in',
  signInThrottled: 'Too many wrong passwords in a row',
  signedOut: 'Signed out',
  signedOutEverywhere: 'Signed out everywhere',
  passwordChanged: 'Changed own password',
  secondFactorAdded: 'Added a second factor',
  secondFactorRemoved: 'Removed a second factor',
  secondFactorRefused: 'Failed the second factor',
  grantAllowed: 'Allowed an application',
  grantRefused: 'Denied an application',
  grantWithdrawn: 'Removed an application’s access',
  callEnded: 'Ended a call',
  userAdded: 'Added a user',
  userLimitChanged: 'Changed a limit',
  userNumbersChanged: 'Changed numbers',
  userSipAddressChanged: 'Changed a SIP address',
  userPasswordReset: 'Reset a password',
  userDisabled: 'Disabled a user',
  userEnabled: 'Enabled a user',
  userExported: 'Exported a person’s data',
  userErased: 'Erased a person',
  clientRegistered: 'Registered an application',
  clientSecretRotated: 'Rotated an application’s secret',
  clientAssertionAudienceChanged: 'Changed the audience of an application’s assertions',
  clientLogoutChanged: 'Changed the sign-out of an application',
  clientLogoChanged: 'Changed the logo of an application',
  clientDocumentChanged: 'Changed the document that describes an application',
  clientPkceChanged: 'Changed whether an application must use PKCE',
  clientRemoved: 'Removed an application',
  webhookAdded: 'Added a webhook',
  webhookEventsChanged: 'Changed the events of a webhook',
  webhookDisabled: 'Disabled a webhook',
  webhookEnabled: 'Enabled a webhook',
  webhookTested: 'Sent a test event to a webhook',
  webhookSecretRotated: 'Rotated a webhook’s secret',
  webhookRemoved: 'Removed a webhook',
  deliveryResent: 'Resent a delivery',
  callsExported: 'Exported calls',
  auditLogExported: 'Exported the audit log',
  initialAccessTokenIssued: 'Issued an initial access token',
  keysRotated: 'Rotated the keys',
  brandChanged: 'Changed the brand',
};

const ACTOR_WORDS: Readonly<Record<Actor['kind'], string>> = {
  user: 'A user',
  administrator: 'An administrator',
  application: 'An application',
  commandLine: 'Command line',
  server: 'Server',
  unknown: 'Unknown',
};
