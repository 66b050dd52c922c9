import { html } from 'ghtml';
import type { RegisteredBy } from '../../../core/clients/client-service.ts';
import { formatPhoneNumber } from '../../../core/phone-numbers/phone-number.ts';
import {
  SCOPE_CALL,
  SCOPE_CREATE,
  SCOPE_OPENID,
  SCOPE_PHONE,
  scopes,
} from '../../../core/tokens/access-token.ts';
import { checkbox, facts, hiddenFields, notice } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { isLoopbackHost } from '../../../platform/loopback.ts';
import { dayText } from '../../../platform/time-formats.ts';
import { CHOICE_FIELD } from './choice.ts';
import { type ConsentTerms, type Description, hostOf, type Registration } from './consent-terms.ts';

export interface ConsentForm {
  /** Where the form is sent. */
  readonly action: string;
  /** Hidden fields. */
  readonly hidden: Readonly<Record<string, string>>;
  /** '' in the device flow. */
  readonly redirectUri: string;
  /** The requested scopes that this user may grant. */
  readonly scopes: readonly string[];
  /** Name of the field with the selected scopes. */
  readonly field: string;
  readonly terms: ConsentTerms;
  /** Why the previous answer was refused. */
  readonly wrong?: string | undefined;
}

export function consentPage({
  action,
  hidden,
  redirectUri,
  field,
  terms,
  wrong,
  scopes: requested,
}: ConsentForm): Page {
  const { clientName, logo, userName, source } = terms;
  const described = 'host' in source;
  const asker = described ? source.host : clientName;
  return {
    title: `Allow ${asker}?`,
    form: 'flow',
    body: html`
      !${logo === undefined ? '' : html`<p class="client-logo"><img src="${logo.url}" alt="" width="${String(logo.width)}" height="${String(logo.height)}"></p>`}
      <p>You are signed in as <strong>${userName}</strong>. <strong>${asker}</strong> asks for permission to act for you.</p>
      !${wrong === undefined ? '' : notice('problem', wrong)}
      <h2>The application</h2>
      !${facts(described ? describedFacts(source, redirectUri) : registeredFacts(terms, source))}
      <form method="post" action="${action}">
        !${hiddenFields({ ...hidden, [CHOICE_FIELD.name]: CHOICE_FIELD.value })}
        <fieldset class="card">
          <legend>What it may do</legend>
          !${requested.map((scope) => scopeCheckbox(scope, { field, terms, selected: wrong === undefined }))}
          <p class="hint">Clear anything you don’t want to allow.</p>
        </fieldset>
        <h2>Limits</h2>
        !${facts(limitsOf(terms, requested))}
        !${redirectUri === '' || described ? '' : html`<p>You will return to ${hostOf(redirectUri)}.</p>`}
        <p class="buttons even">
          <button type="submit" class="even" name="grant" value="true">Allow</button>
          <button type="submit" class="even" name="grant" value="false">Deny</button>
        </p>
      </form>`,
  };
}

type Fact = readonly [term: string, description: string];

interface ScopeChoice extends Pick<ConsentForm, 'field' | 'terms'> {
  readonly selected: boolean;
}

function scopeCheckbox(scope: string, { field, terms, selected }: ScopeChoice): string {
  const fixed = scope === SCOPE_OPENID;
  const hint = hintOf(scope, terms);
  return checkbox({
    name: field,
    id: `scope-${scope}`,
    value: scope,
    label: scopes[scope] ?? scope,
    checked: selected || fixed,
    fixed,
    ...(hint !== undefined && { hint }),
  });
}

function hintOf(scope: string, { numbers: [defaultNumber] }: ConsentTerms): string | undefined {
  if (scope === SCOPE_OPENID)
    return 'Required for signing in with this application. To withhold it, deny access.';
  return scope === SCOPE_PHONE && defaultNumber !== undefined ? formatPhoneNumber(defaultNumber) : undefined;
}

function siteLink({ site: { text, link } }: ConsentTerms): string {
  return link === undefined
    ? html`${text}`
    : html`<a href="${link}" rel="noreferrer noopener" target="_blank">${text}</a>, not verified`;
}

const REGISTRARS: Readonly<Record<RegisteredBy, string>> = {
  administrator: 'by an administrator of this server',
  commandLine: 'by the operator of this server',
  itself: 'by itself: this server has not verified its identity',
  document: 'no: this server has not verified its identity',
  demo: 'with the demo data of this server',
};

function registeredFacts(terms: ConsentTerms, registration: Registration): Fact[] {
  return [
    ['Application', html`${terms.clientName}`],
    ['Site', siteLink(terms)],
    ['Registered', registrationText(registration)],
  ];
}

function registrationText({ by, at }: Registration): string {
  const day = dayText(at);
  const words = html`${REGISTRARS[by]}, on <time datetime="${day}">${day}</time>`;
  return by === 'itself' ? html`<strong>!${words}</strong>` : words;
}

/** What the server knows of a client that is not registered: the host of its document, and where the user's answer goes. */
function describedFacts({ address, host, ownName }: Description, redirectUri: string): Fact[] {
  return [
    ['Site', html`<strong>${host}</strong>`],
    ['Returns to', returnText(redirectUri, host)],
    ['Calls itself', ownName === undefined ? 'no name given' : html`“${ownName}”, not verified`],
    ['Described by', html`<code>${address}</code>`],
    ['Registered', html`<strong>${REGISTRARS.document}. Allow it only if you trust ${host}.</strong>`],
  ];
}

function returnText(redirectUri: string, host: string): string {
  const target = hostOf(redirectUri);
  if (target === host) return html`<strong>${target}</strong>`;
  const hostname = URL.parse(redirectUri)?.hostname ?? '';
  const what = isLoopbackHost(hostname) ? 'a program on this device' : `a different site from ${host}`;
  return html`<strong>${target}</strong>, ${what}`;
}

const OFFLINE_ACCESS: Readonly<Record<ConsentTerms['offlineAccess'], string>> = {
  never: 'for one hour at a time, while you are signed in here, until you remove access in My account',
  always: 'until you remove access in My account, also while you are away',
  ifAllowed:
    'also while you are away if you allow that above, until you remove access in My account; otherwise for one hour',
};

function limitsOf({ limit, numbers, offlineAccess }: ConsentTerms, requested: readonly string[]): Fact[] {
  const calls: Fact[] = [
    ['Simultaneous calls', html`${String(limit)}, shared by all your applications`],
    [
      'From',
      numbers.length === 0 ? 'you have no number yet' : html`${numbers.map(formatPhoneNumber).join(', ')}`,
    ],
  ];
  return [
    ...(requested.includes(SCOPE_CALL) || requested.includes(SCOPE_CREATE) ? calls : []),
    ['For how long', html`${OFFLINE_ACCESS[offlineAccess]}`],
  ];
}
