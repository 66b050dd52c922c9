import { html } from 'ghtml';
import type { RegisteredBy } from '../../../core/clients/client-service.ts';
import { spelledNumber } from '../../../core/phone-numbers/phone-number.ts';
import { SCOPE_CALL, SCOPE_CREATE, SCOPE_OPENID, scopes } from '../../../core/tokens/access-token.ts';
import { checkbox, facts, hiddenFields, notice } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { CHOICE } from './choice.ts';
import { type ConsentTerms, placeOf } from './consent-terms.ts';

export interface ConsentAsked {
  /** Where the form is sent. */
  readonly action: string;
  /** Sent along unseen. */
  readonly hidden: Readonly<Record<string, string>>;
  /** '' when there is nowhere to return to: the device flow. */
  readonly redirectUri: string;
  /** Those asked for that this user may grant. */
  readonly scopes: readonly string[];
  /** The name under which the ticked ones are sent. */
  readonly field: string;
  readonly terms: ConsentTerms;
  /** What was wrong with the answer before, which had nothing ticked. */
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
}: ConsentAsked): Page {
  const { clientName, userName } = terms;
  return {
    title: `Allow ${clientName}?`,
    formTarget: redirectUri,
    body: html`
      <p>You are signed in as <strong>${userName}</strong>. <strong>${clientName}</strong> asks to act for you.</p>
      !${wrong === undefined ? '' : notice('problem', wrong)}
      <h2>Who asks</h2>
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
          <p class="hint">Untick what it may not.</p>
        </fieldset>
        <h2>Within these bounds</h2>
        !${facts(boundsOf(terms, asked.scopes))}
        !${redirectUri === '' ? '' : html`<p>You will return to ${placeOf(redirectUri)}.</p>`}
        <p class="buttons even">
          <button type="submit" class="even" name="grant" value="true">Allow</button>
          <button type="submit" class="even" name="grant" value="false">Refuse</button>
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
    ...(fixed && { hint: 'This is what signing in with it means: to keep it back, refuse.' }),
  });
}

function site({ site: { text, link } }: ConsentTerms): string {
  return link === undefined
    ? html`${text}`
    : html`<a href="${link}" rel="noreferrer noopener" target="_blank">${text}</a>, as it says itself`;
}

const REGISTRARS: Readonly<Record<RegisteredBy, string>> = {
  administrator: 'by an administrator of this server',
  commandLine: 'by whoever runs this server',
  itself: 'by itself: nobody has checked that it is what it says',
  demo: 'with the demo data of this server',
};

function registered({ registeredBy, registeredAt }: ConsentTerms): string {
  const day = registeredAt.toISOString().slice(0, 10);
  const words = html`${REGISTRARS[registeredBy]}, on <time datetime="${day}">${day}</time>`;
  return registeredBy === 'itself' ? html`<strong>!${words}</strong>` : words;
}

const ALONE: Readonly<Record<ConsentTerms['alone'], string>> = {
  anHour: 'for an hour at a time; then it has to send you here again',
  always: 'also while you are away',
  asTicked: 'also while you are away if you leave that ticked, else for an hour at a time',
};

function boundsOf({ limit, numbers, alone }: ConsentTerms, asked: readonly string[]): Fact[] {
  const calls: Fact[] = [
    ['Calls at once', html`${String(limit)}, together with all your other applications`],
    [
      'From',
      numbers.length === 0 ? 'you have no number yet' : html`${numbers.map(spelledNumber).join(', ')}`,
    ],
  ];
  return [
    ...(asked.includes(SCOPE_CALL) || asked.includes(SCOPE_CREATE) ? calls : []),
    ['For how long', html`until you withdraw it in My account; ${ALONE[alone]}`],
  ];
}
