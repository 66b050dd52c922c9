import { html } from 'ghtml';
import type { Client, ClientUse } from '../../../core/clients/client-service.ts';
import type { Webhook } from '../../../core/events/webhooks/webhook-service.ts';
import type { GrantOfClient } from '../../../core/grants/grant-service.ts';
import { facts, table, textField, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import { auditLogOf, callsOf, clientAddress, userAddress, webhookAddress } from '../addresses.ts';
import { counted } from '../parts/confirmation.ts';
import { kindInWords, registrarInWords } from './client-kind.ts';

const DONE = {
  registered: 'The application is registered.',
  webhookRemoved: 'The webhook is removed, and its deliveries with it.',
};

/** Of the users who have granted it anything. */
export const MOST_GRANTS = 50;

export interface ShownClient {
  readonly client: Client;
  readonly use: ClientUse;
  readonly webhooks: readonly Webhook[];
  /** The first of them. */
  readonly grants: readonly GrantOfClient[];
  readonly done?: string | undefined;
  /** A webhook's address that could not be accepted, and why. */
  readonly refused?: { readonly typed: string; readonly wrong: string } | undefined;
}

export function clientBody(shown: ShownClient): string {
  return html`
    !${doneNotice(DONE, shown.done)}
    !${summary(shown)}
    !${webhooks(shown)}
    !${grants(shown)}`;
}

function summary({ client, use }: ShownClient): string {
  const { id, secretHash, metadata, origins, createdAt } = client;
  const lines = (values: readonly string[]) =>
    values.map((value) => html`<code>${value}</code>`).join('<br>') || 'none';
  return html`
    !${facts([
      ['Client ID', html`<code>${id}</code>`],
      ['Kind', html`${kindInWords(client)}`],
      ['Redirect URIs', lines((metadata['redirect_uris'] ?? []) as string[])],
      ['Web origins', lines(origins)],
      ['Registered', html`!${time(createdAt)} by ${registrarInWords(client)}`],
      ['In use', html`${counted(use.grants, 'grant')}, ${counted(use.ongoingCalls, 'ongoing call')}`],
    ])}
    <p class="buttons">
      <a class="button quiet" href="${callsOf({ client: id })}">Calls</a>
      <a class="button quiet" href="${auditLogOf({ client: id })}">Audit log</a>
      !${secretHash === null ? '' : html`<a class="button danger" href="${clientAddress(id)}/secret">New secret…</a>`}
      <a class="button danger" href="${clientAddress(id)}/remove">Remove…</a>
    </p>`;
}

function webhooks({ client, webhooks: all, refused }: ShownClient): string {
  return html`<h2>Webhooks</h2>
    !${table({
      caption: 'Where all events of its calls go, oldest first',
      columns: ['Address', 'Added'],
      rows: all.map(({ id, url, createdAt }) => [
        html`<a href="${webhookAddress(id)}">${url}</a>`,
        time(createdAt),
      ]),
      empty: 'None: its events go to the sinks of its calls alone.',
    })}
    <form method="post" action="${clientAddress(client.id)}/webhooks" class="card">
      !${problemNotice(refused?.wrong)}
      !${textField({
        name: 'url',
        label: 'Address of a new webhook',
        hint: 'Public, and https. The secret that its messages are signed with is shown once.',
        type: 'url',
        value: refused?.typed,
        maxLength: 2048,
        required: true,
        autocomplete: 'off',
      })}
      <button type="submit">Add the webhook</button>
    </form>`;
}

function grants({ client, use, grants: first }: ShownClient): string {
  const more = use.grants - first.length;
  return html`<h2>Users who allowed it</h2>
    !${table({
      caption: 'What it may do on whose behalf, by name',
      columns: ['User', 'Scopes', 'Allowed', 'Withdraw'],
      rows: first.map(({ userName, scopes, grantedAt }) => [
        html`<a href="${userAddress(userName)}">${userName}</a>`,
        html`${scopes.join(', ')}`,
        time(grantedAt),
        html`<a class="button danger" href="${userAddress(userName)}/grants/${encodeURIComponent(client.id)}/withdraw"
          aria-label="Withdraw what ${userName} allowed">Withdraw…</a>`,
      ]),
      empty: 'Nobody has allowed it anything.',
    })}
    !${more > 0 ? html`<p>And ${counted(more, 'more user')}.</p>` : ''}`;
}
