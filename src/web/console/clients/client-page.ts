import { html } from 'ghtml';
import {
  type Client,
  type ClientUse,
  logoutRegistrationOf,
  type RegisteredBy,
  type RegisteredClient,
} from '../../../core/clients/client-service.ts';
import type { Webhook } from '../../../core/events/webhooks/webhook-service.ts';
import type { GrantOfClient } from '../../../core/grants/grant-service.ts';
import { badge, facts, radioGroup, table, textField, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import type { PageImage } from '../../../platform/http/pages/page-context.ts';
import { auditLogOf, callsOf, clientAddress, userAddress, webhookAddress } from '../addresses.ts';
import { counted, secretBody } from '../confirmation.ts';
import { imageForm } from '../image-form.ts';
import { eventsField } from '../webhooks/webhook-forms.ts';
import { webhookBadge } from '../webhooks/webhook-page.ts';

const KINDS = {
  classic: 'classic: the API of 2012, with secrets and tokens in URLs',
  confidential: 'confidential: has a secret',
  public: 'public: cannot keep a secret, and has none',
  keyed: 'confidential: signs with its own key',
} as const;

function kindOf({ classic, secretHash, metadata }: Client): keyof typeof KINDS {
  if (classic) return 'classic';
  if (secretHash !== null) return 'confidential';
  return metadata['token_endpoint_auth_method'] === 'none' ? 'public' : 'keyed';
}

export function kindBadge(client: Client): string {
  const kind = kindOf(client);
  if (kind === 'classic') return badge('classic', 'busy');
  return kind === 'public' ? badge('public') : '';
}

/** The texts for who registered a client. */
export const REGISTRAR_WORDS: Readonly<Record<RegisteredBy, string>> = {
  administrator: 'an administrator',
  commandLine: 'the command line',
  itself: 'itself, by dynamic registration',
  document: 'its document, when a user first allowed it',
  demo: 'the demo',
};

const AUDIENCES = [
  {
    value: 'issuer',
    label: 'This server (issuer)',
    hint: 'Recommended: no other server can use an assertion.',
  },
  {
    value: 'tokenEndpoint',
    label: 'This server or its token endpoint',
    hint: 'Only for applications that cannot name the issuer.',
  },
] as const;

const PKCE = [
  {
    value: 'required',
    label: 'Required',
    hint: 'Recommended: a stolen code is worth nothing.',
  },
  {
    value: 'optional',
    label: 'Required unless the request has a nonce',
    hint: 'Only for an application that cannot use PKCE, and checks the nonce of the ID token (OpenID Connect).',
  },
] as const;

const DONE = {
  registered: 'The application is registered.',
  logout: 'The sign-out is changed.',
  audience: 'The audience of its assertions is changed.',
  pkce: 'The use of PKCE is changed.',
  logo: 'The logo is changed.',
  webhookRemoved: 'The webhook is removed, with its deliveries.',
};

/** How many users a client's page lists. */
export const MAX_GRANTS = 50;

export interface ShownClient {
  readonly client: Client;
  readonly use: ClientUse;
  readonly webhooks: readonly Webhook[];
  /** The first `MAX_GRANTS`. */
  readonly grants: readonly GrantOfClient[];
  readonly logo: PageImage | undefined;
  readonly done?: string | undefined;
  /** Why the logo was refused. */
  readonly wrong?: string | undefined;
  /** The URL and the events of a webhook that was refused, and the error message. */
  readonly refused?:
    | { readonly typed: string; readonly events: readonly string[] | null; readonly wrong: string }
    | undefined;
}

export function clientBody(shown: ShownClient): string {
  return html`
    !${doneNotice(DONE, shown.done)}
    !${problemNotice(shown.wrong)}
    !${summary(shown)}
    !${shown.client.registeredBy === 'document' ? '' : settingSections(shown)}
    !${webhookSection(shown)}
    !${grantSection(shown)}`;
}

/** What an administrator can set; a document decides about its own client. */
function settingSections({ client, logo }: ShownClient): string {
  const kind = kindOf(client);
  return html`
    !${kind === 'keyed' ? assertionSection(client) : ''}
    !${kind === 'keyed' || kind === 'confidential' ? pkceSection(client) : ''}
    <h2>Logo</h2>
    !${imageForm({
      id: 'logo',
      label: 'Logo on the consent page',
      hint: 'Shown with the name of the application.',
      action: `${clientAddress(client.id)}/logo`,
      shown: logo,
    })}`;
}

function summary({ client, use }: ShownClient): string {
  const { id, secretHash, metadata, origins, createdAt, registeredBy } = client;
  const logout = logoutRegistrationOf(metadata);
  const described = registeredBy === 'document';
  const codeLines = (values: readonly string[]) =>
    values.map((value) => html`<code>${value}</code>`).join('<br>') || 'none';
  return html`
    !${facts([
      ['Client ID', html`<code>${id}</code>`],
      ...(described ? [['Described by', describedBy(client)] as const] : []),
      ['Kind', html`${KINDS[kindOf(client)]}`],
      ['Redirect URIs', codeLines((metadata['redirect_uris'] ?? []) as string[])],
      ['Web origins', codeLines(origins)],
      ['Post-logout redirect URIs', codeLines(logout.postLogoutRedirectUris)],
      [
        'Gets logout tokens at',
        codeLines(logout.backchannelLogoutUri === null ? [] : [logout.backchannelLogoutUri]),
      ],
      ['Registered', html`!${time(createdAt)} by ${REGISTRAR_WORDS[registeredBy]}`],
      ['In use', html`${counted(use.grants, 'grant')}, ${counted(use.ongoingCalls, 'ongoing call')}`],
    ])}
    <p class="buttons">
      <a class="button quiet" href="${callsOf({ client: id })}">Calls</a>
      <a class="button quiet" href="${auditLogOf({ client: id })}">Audit log</a>
      !${described ? '' : html`<a class="button quiet" href="${clientAddress(id)}/logout">Sign-out…</a>`}
      !${secretHash === null ? '' : html`<a class="button danger" href="${clientAddress(id)}/secret">Rotate secret…</a>`}
      <a class="button danger" href="${clientAddress(id)}/remove">Remove…</a>
    </p>`;
}

/** The client's own words, which change with its document. */
function describedBy({ id, metadata }: Client): string {
  const { client_name: ownName } = metadata;
  const name = typeof ownName === 'string' ? html`, which calls it “${ownName}”` : '';
  return html`<a href="${id}" rel="noreferrer noopener" target="_blank">${id}</a>!${name}; not verified`;
}

function assertionSection({ id, assertionAudience }: Client): string {
  return html`<h2>Signed assertions</h2>
    <form method="post" action="${clientAddress(id)}/assertion-audience" class="card">
      !${radioGroup({ name: 'audience', legend: 'Whom they name as audience', value: assertionAudience, options: AUDIENCES })}
      <button type="submit">Save audience</button>
    </form>`;
}

function pkceSection({ id, pkceRequired }: Client): string {
  return html`<h2>PKCE</h2>
    <form method="post" action="${clientAddress(id)}/pkce" class="card">
      !${radioGroup({ name: 'pkce', legend: 'Proof of each authorization request', value: pkceRequired ? 'required' : 'optional', options: PKCE })}
      <button type="submit">Save PKCE</button>
    </form>`;
}

function webhookSection({ client, webhooks, refused }: ShownClient): string {
  return html`<h2>Webhooks</h2>
    !${table({
      caption: 'URLs that receive the events of its calls, oldest first',
      columns: ['URL', 'State', 'Added'],
      rows: webhooks.map((webhook) => [
        html`<a href="${webhookAddress(webhook.id)}">${webhook.url}</a>`,
        webhookBadge(webhook),
        time(webhook.createdAt),
      ]),
      empty: 'No webhooks. Events are sent only to the sinks of its calls.',
    })}
    <form method="post" action="${clientAddress(client.id)}/webhooks" class="card">
      !${problemNotice(refused?.wrong)}
      !${textField({
        name: 'url',
        label: 'URL of a new webhook',
        hint: 'A public https URL. The secret that signs its messages is shown only once.',
        type: 'url',
        value: refused?.typed,
        maxLength: 2048,
        required: true,
        autocomplete: 'off',
      })}
      !${eventsField(refused?.events ?? null)}
      <button type="submit">Add webhook</button>
    </form>`;
}

function grantSection({ client, use, grants }: ShownClient): string {
  const more = use.grants - grants.length;
  return html`<h2>Users who allowed it</h2>
    !${table({
      caption: 'Users for whom it may act, by name',
      columns: ['User', 'Scopes', 'Allowed', 'Remove'],
      rows: grants.map(({ userName, scopes, grantedAt }) => [
        html`<a href="${userAddress(userName)}">${userName}</a>`,
        html`${scopes.join(', ')}`,
        time(grantedAt),
        html`<a class="button danger" href="${userAddress(userName)}/grants/${encodeURIComponent(client.id)}/withdraw"
          aria-label="Remove access to ${userName}">Remove…</a>`,
      ]),
      empty: 'No user has allowed it.',
    })}
    !${more > 0 ? html`<p>And ${counted(more, 'more user')}.</p>` : ''}`;
}

/** A client's new secret. */
export function clientSecretBody({ client, secret = '' }: RegisteredClient): string {
  return (
    facts([['Client ID', html`<code>${client.id}</code>`]]) +
    secretBody({
      label: `The secret of ${client.name}`,
      secret,
      onward: { href: clientAddress(client.id), text: 'Continue to the application' },
    })
  );
}
