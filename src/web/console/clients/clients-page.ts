import { html } from 'ghtml';
import type { Client } from '../../../core/clients/client-service.ts';
import { actionButton, badge, table, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { CLIENTS, clientAddress, NEW_CLIENT } from '../addresses.ts';
import { kindBadge, registrarInWords } from './client-kind.ts';

const DONE = { removed: 'The application is removed, with all that it was allowed; its calls have ended.' };

export function clientsBody(clients: readonly Client[], done: string | undefined): string {
  return html`
    !${doneNotice(DONE, done)}
    <p><a class="button" href="${NEW_CLIENT}">Register an application</a></p>
    !${table({
      caption: 'Registered applications, oldest first',
      columns: ['Name', 'Client ID', 'Registered', 'By'],
      rows: clients.map(row),
      empty: 'No application is registered.',
    })}`;
}

function row(client: Client): string[] {
  const { id, name, createdAt, removing } = client;
  return [
    removing ? unfinished(client) : html`<a href="${clientAddress(id)}">${name}</a> !${kindBadge(client)}`,
    html`<code>${id}</code>`,
    time(createdAt),
    html`${registrarInWords(client)}`,
  ];
}

/** It has no page any more. */
function unfinished({ id, name }: Client): string {
  const label = `Finish the removal of ${name}`;
  return html`${name} !${badge('being removed', 'bad')}
    !${actionButton({ action: `${CLIENTS}/${encodeURIComponent(id)}/remove`, text: 'Finish', label, tone: 'danger' })}`;
}
