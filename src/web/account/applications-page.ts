import { html } from 'ghtml';
import { type CallCounts, MAX_COUNTED_CALLS } from '../../core/calls/person-call-service.ts';
import type { RememberedGrant } from '../../core/grants/grant-service.ts';
import { scopes } from '../../core/tokens/access-token.ts';
import { actionButton, table, time } from '../../platform/http/pages/elements.ts';
import { ACCOUNT } from './account-frame.ts';

export function applicationsBody(grants: readonly RememberedGrant[], counted: CallCounts): string {
  return html`
    <p>These applications may act for you. Whatever one of them may do ends at once when you withdraw it: it holds no
      token any more, and the calls that it opened for you end.</p>
    !${table({
      caption: 'Applications that you allowed, the oldest first',
      columns: ['Application', 'May', 'Allowed', 'Last used', 'Calls made', 'Withdraw'],
      rows: grants.map((grant) => row(grant, counted)),
      empty: 'You have allowed no application yet.',
    })}
    !${counted.truncated ? html`<p class="soft">Counted among your last ${MAX_COUNTED_CALLS.toLocaleString('en')} calls.</p>` : ''}`;
}

function row(grant: RememberedGrant, { byClient, truncated }: CallCounts): string[] {
  const { clientId, clientName, grantedAt, lastUsedAt } = grant;
  const { calls = 0, lastAt } = byClient.get(clientId) ?? {};
  const lastUse = Math.max(lastUsedAt?.getTime() ?? 0, lastAt?.getTime() ?? 0);
  const shown = Math.min(calls, MAX_COUNTED_CALLS).toLocaleString('en');
  return [
    html`<strong>${clientName}</strong>`,
    html`<ul class="plain">!${grant.scopes.map((scope) => html`<li>${scopes[scope] ?? scope}</li>`)}</ul>`,
    time(grantedAt),
    lastUse === 0 ? 'not yet' : time(new Date(lastUse)),
    truncated ? `${shown}+` : shown,
    actionButton({
      action: `${ACCOUNT}/applications/${encodeURIComponent(clientId)}/withdraw`,
      text: 'Withdraw',
      label: `Withdraw what ${clientName} may do`,
      tone: 'danger',
    }),
  ];
}
