import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import type { RegisteredClient } from '../../../core/clients/client-service.ts';
import { facts } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { CLIENTS, clientAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { shownSecret } from '../parts/shown-secret.ts';

/** A client's new secret, shown this once. */
export function secretPage(request: FastifyRequest, title: string, registered: RegisteredClient): Page {
  const { client, secret = '' } = registered;
  return consolePage({
    ...{ title, current: CLIENTS, administrator: administratorOf(request), wide: false },
    body:
      facts([['Client ID', html`<code>${client.id}</code>`]]) +
      shownSecret({
        label: `The secret of ${client.name}`,
        secret,
        onward: { href: clientAddress(client.id), text: 'Go on to the application' },
      }),
  });
}
