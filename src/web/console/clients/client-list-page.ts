import { html } from 'ghtml';
import type { Client } from '../../../core/clients/client-service.ts';
import type { ListPage } from '../../../platform/database/paging.ts';
import { actionButton, badge, pager, table, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { CLIENTS, clientAddress, NEW_CLIENT } from '../addresses.ts';
import { addressOf } from '../forms.ts';
import { kindBadge, REGISTRAR_WORDS } from './client-page.ts';

const DONE = { removed: 'The application is removed, with its grants; its calls have ended.' };

export function clientListBody(page: ListPage<Client>, done: string | undefined): string {
  return html`
    !${doneNotice(DONE, done)}
    <p><a class="button" href="${NEW_CLIENT}">Register an application</a></p>
    !${table({
      caption: 'Registered applications, newest first',
      columns: ['Name', 'Client ID', 'Registered', 'By'],
      rows: page.items.map(clientRow),
      empty: 'No applications yet.',
    })}
    !${pager(page.nextPageToken && addressOf(CLIENTS, { page_token: page.nextPageToken }), 'More applications')}`;
}

function clientRow(client: Client): string[] {
  const { id, name, createdAt, registeredBy, removing } = client;
  return [
    removing
      ? unfinishedRemoval(client)
      : html`<a href="${clientAddress(id)}">${name}</a> !${kindBadge(client)}`,
    html`<code>${id}</code>`,
    time(createdAt),
    html`${REGISTRAR_WORDS[registeredBy]}`,
  ];
}

/** A removal was interrupted; the client no longer has a page. */
function unfinishedRemoval({ id, name }: Client): string {
  const label = `Finish removing ${name}`;
  return html`${name} !${badge('being removed', 'bad')}
    !${actionButton({ action: `${CLIENTS}/${encodeURIComponent(id)}/remove`, text: 'Finish', label, tone: 'danger' })}`;
}
