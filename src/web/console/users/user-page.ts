import { html } from 'ghtml';
import type { RememberedGrant } from '../../../core/grants/grant-service.ts';
import type { User } from '../../../core/people/user-service.ts';
import { badge, facts, table, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import { auditLogOf, callsOf, clientAddress, userAddress } from '../addresses.ts';
import { secretBody } from '../confirmation.ts';
import { usage } from '../records.ts';
import { limitField, numbersField, passwordChangeCheckbox, passwordField, phoneField } from './user-forms.ts';

const DONE = {
  added: 'The user is added.',
  limit: 'The limit is set. It applies from the next call on.',
  numbers: 'The numbers are set.',
  phone: 'The SIP address is set. It applies from the next call on.',
  password: 'The password is set. All sessions and tokens that used the old one have ended.',
  disabled: 'The user is disabled and signed out everywhere, and the user’s calls have ended.',
  enabled: 'The user is enabled and can sign in again.',
  withdrawn: 'Access removed. The application can no longer act for this user; its calls have ended.',
};

/** A refused form: the text that was entered, and the error message. */
export interface RefusedForm {
  readonly form: 'limit' | 'numbers' | 'phone' | 'password';
  readonly typed: string;
  /** Of the form for the password. */
  readonly changeRequired?: boolean;
  readonly wrong: string;
}

export interface ShownUser {
  readonly user: User;
  readonly grants: readonly RememberedGrant[];
  /** Whether it is the page of the administrator who is signed in. */
  readonly own: boolean;
  readonly done?: string | undefined;
  readonly refused?: RefusedForm | undefined;
}

export function userBody(shown: ShownUser): string {
  const { user, done } = shown;
  const limit = limitField(typedOr(shown, 'limit', String(user.maxOngoingCalls)));
  const numbers = numbersField(typedOr(shown, 'numbers', user.numbers.join('\n')));
  const password = passwordField() + passwordChangeCheckbox(changeProposed(shown));
  const phone = phoneField(typedOr(shown, 'phone', user.sipAddress ?? ''));
  return html`
    !${doneNotice(DONE, done)}
    !${summary(shown)}
    <div class="panels">
      !${settingForm(shown, 'limit', 'Set limit', limit)}
      !${settingForm(shown, 'numbers', 'Set numbers', numbers)}
      !${settingForm(shown, 'phone', 'Set SIP address', phone)}
      !${settingForm(shown, 'password', 'Reset password', password)}
      !${access(shown)}
    </div>
    !${grantTable(shown)}`;
}

function summary({ user }: ShownUser): string {
  const { name, ongoingCalls, maxOngoingCalls, createdAt, passwordChangeRequired } = user;
  const badges = userBadges(user).trim();
  return html`!${badges === '' ? '' : html`<p>!${badges}</p>`}
    !${facts([
      ['Ongoing calls', usage(ongoingCalls, maxOngoingCalls)],
      ['Added', time(createdAt)],
      ...(passwordChangeRequired ? [['Password', 'must be changed at the next sign-in'] as const] : []),
    ])}
    <p class="buttons">
      <a class="button quiet" href="${callsOf({ user: name })}">Calls</a>
      <a class="button quiet" href="${auditLogOf({ user: name })}">Audit log</a>
      <a class="button quiet" href="${userAddress(name)}/data">Data and second factors</a>
    </p>`;
}

const HEADINGS = { limit: 'Limit', numbers: 'Numbers', phone: 'Phone', password: 'Password' } as const;

function settingForm(
  { user, refused }: ShownUser,
  name: RefusedForm['form'],
  button: string,
  field: string,
): string {
  return html`<form method="post" action="${userAddress(user.name)}/${name}" class="card">
      <h2>${HEADINGS[name]}</h2>
      !${problemNotice(refused?.form === name ? refused.wrong : undefined)}
      !${field}
      <button type="submit">${button}</button>
    </form>`;
}

function typedOr({ refused }: ShownUser, name: RefusedForm['form'], current: string): string {
  return refused?.form === name ? refused.typed : current;
}

/** An administrator who resets the own password need not change it again. */
function changeProposed({ own, refused }: ShownUser): boolean {
  return refused?.changeRequired ?? !own;
}

function access({ user, own }: ShownUser): string {
  const address = userAddress(user.name);
  const body = user.disabled
    ? html`<p>The user can neither sign in nor make calls.</p>
        <form method="post" action="${address}/enable"><button type="submit">Enable user</button></form>`
    : own
      ? html`<p>You cannot disable yourself. Ask another administrator.</p>`
      : html`<p>A disabled user can neither sign in nor make calls.</p>
          <p><a class="button danger" href="${address}/disable">Disable user…</a></p>`;
  return html`<div class="card"><h2>Access</h2>!${body}</div>`;
}

function grantTable({ user, grants }: ShownUser): string {
  return html`<h2>Allowed applications</h2>
    !${table({
      caption: 'Applications that may act for this user, oldest first',
      columns: ['Application', 'Scopes', 'Allowed', 'Last used', 'Remove'],
      rows: grants.map(({ clientId, clientName, scopes, grantedAt, lastUsedAt }) => [
        html`<a href="${clientAddress(clientId)}">${clientName}</a>`,
        html`${scopes.join(', ')}`,
        time(grantedAt),
        lastUsedAt === null ? 'never' : time(lastUsedAt),
        html`<a class="button danger" href="${userAddress(user.name)}/grants/${encodeURIComponent(clientId)}/withdraw"
          aria-label="Remove access of ${clientName}">Remove…</a>`,
      ]),
      empty: 'The user has not allowed any application.',
    })}`;
}

export function userBadges({ administrator, disabled }: User): string {
  return [administrator ? badge('administrator') : '', disabled ? badge('disabled', 'bad') : ''].join(' ');
}

/** A password that was generated for a user. */
export function passwordBody(userName: string, password: string): string {
  return secretBody({
    label: `The password of ${userName}`,
    secret: password,
    onward: { href: userAddress(userName), text: `Continue to ${userName}` },
  });
}
