import { html } from 'ghtml';
import type { RegisteredBy } from '../../../core/clients/client-service.ts';
import { formatPhoneNumber } from '../../../core/phone-numbers/phone-number.ts';
import { SCOPE_CALL, SCOPE_CREATE, SCOPE_OPENID, scopes } from '../../../core/tokens/access-token.ts';
import { checkbox, facts, hiddenFields, notice } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { dayText } from '../../../platform/time-formats.ts';
import { CHOICE } from './choice.ts';
import { type ConsentTerms, placeOf } from './consent-terms.ts';

export interface ConsentForm {
  /** Where the form is sent. */
  readonly action: string;
  /** Hidden fields. */
  readonly hidden: Readonly<Record<string, string>>;
  /** '' for the device flow, which has none. */
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
  ...asked
}: ConsentForm): Page {
  const { clientName, userName } = terms;
  return {
    title: `Allow ${clientName}?`,
    formTarget: redirectUri,
    body: html`
      <p>You are signed in as <strong>${userName}</strong>. <strong>${clientName}</strong> asks for permission to act for you.</p>
      !${wrong === undefined ? '' : notice('problem', wrong)}
      <h2>The application</h2>
      !${facts([
        ['Application', html`${clientName}`],
        ['Site', site(terms)],
        ['Registered', registered(terms)],
      ])}
      <form method="post" action="${action}">
        !${hiddenFields({ ...hidden, [CHOICE.name]: CHOICE.value })}
        <fieldset class="card">
          <legend>What it may do</legend>
          !${asked.scopes.map((scope) => choice(field, scope, wrong === undefined))}
          <p class="hint">Clear anything you don’t want to allow.</p>
        </fieldset>
        <h2>Limits</h2>
        !${facts(boundsOf(terms, asked.scopes))}
        !${redirectUri === '' ? '' : html`<p>You will return to ${placeOf(redirectUri)}.</p>`}
        <p class="buttons even">
          <button type="submit" class="even" name="grant" value="true">Allow</button>
          <button type="submit" class="even" name="grant" value="false">Deny</button>
        </p>
      </form>`,
  };
}

type Fact = readonly [term: string, description: string];

function choice(field: string, scope: string, ticked: boolean): string {
  const fixed = scope === SCOPE_OPENID;
  return checkbox({
    name: field,
    id: `scope-${scope}`,
    value: scope,
    label: scopes[scope] ?? scope,
    checked: ticked || fixed,
    fixed,
    ...(fixed && { hint: 'Required for signing in with this application. To withhold it, deny access.' }),
  });
}

function site({ site: { text, link } }: ConsentTerms): string {
  return link === undefined
    ? html`${text}`
    : html`<a href="${link}" rel="noreferrer noopener" target="_blank">${text}</a>, not verified`;
}

const REGISTRARS: Readonly<Record<RegisteredBy, string>> = {
  administrator: 'by an administrator of this server',
  commandLine: 'by the operator of this server',
  itself: 'by itself: its identity has not been verified',
  demo: 'with the demo data of this server',
};

function registered({ registeredBy, registeredAt }: ConsentTerms): string {
  const day = dayText(registeredAt);
  const words = html`${REGISTRARS[registeredBy]}, on <time datetime="${day}">${day}</time>`;
  return registeredBy === 'itself' ? html`<strong>!${words}</strong>` : words;
}

const ALONE: Readonly<Record<ConsentTerms['alone'], string>> = {
  anHour: 'for one hour; then it has to ask you again',
  always: 'also while you are away',
  asTicked: 'also while you are away if you allow that above, otherwise for one hour',
};

function boundsOf({ limit, numbers, alone }: ConsentTerms, asked: readonly string[]): Fact[] {
  const calls: Fact[] = [
    ['Simultaneous calls', html`${String(limit)}, shared by all your applications`],
    [
      'From',
      numbers.length === 0 ? 'you have no number yet' : html`${numbers.map(formatPhoneNumber).join(', ')}`,
    ],
  ];
  return [
    ...(asked.includes(SCOPE_CALL) || asked.includes(SCOPE_CREATE) ? calls : []),
    ['For how long', html`until you remove access in My account; ${ALONE[alone]}`],
  ];
}
