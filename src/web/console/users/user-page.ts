import { html } from 'ghtml';
import type { RememberedGrant } from '../../../core/grants/grant-service.ts';
import type { User } from '../../../core/people/user-service.ts';
import { facts, table, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import { auditLogOf, callsOf, clientAddress, userAddress } from '../addresses.ts';
import { usage } from '../parts/usage.ts';
import { limitField, numbersField, passwordField, phoneField } from './user-form.ts';
import { standing } from './users-page.ts';

const DONE = {
  added: 'The user is added.',
  limit: 'The limit is set. It holds from the next call on.',
  numbers: 'The numbers are set.',
  phone: 'The SIP address is set. It holds from the next call on.',
  password: 'The password is set. Whoever was signed in, or held a token, by the old one is signed out.',
  disabled: 'The user is disabled: signed out everywhere, and their calls have ended.',
  enabled: 'The user is enabled, and may sign in again.',
  withdrawn:
    'The application may do nothing on this user’s behalf any more; its calls for the user have ended.',
};

/** Which form was sent and could not be accepted, what was typed, and why. */
export interface RefusedForm {
  readonly form: 'limit' | 'numbers' | 'phone' | 'password';
  readonly typed: string;
  readonly wrong: string;
}

export interface ShownUser {
  readonly user: User;
  readonly grants: readonly RememberedGrant[];
  /** Whether it is the administrator who looks. */
  readonly own: boolean;
  readonly done?: string | undefined;
  readonly refused?: RefusedForm | undefined;
}

export function userBody(shown: ShownUser): string {
  const { user, done } = shown;
  const limit = limitField(typedIn(shown, 'limit', String(user.maxOngoingCalls)));
  const numbers = numbersField(typedIn(shown, 'numbers', user.numbers.join('\n')));
  const phone = phoneField(typedIn(shown, 'phone', user.sipAddress ?? ''));
  return html`
    !${doneNotice(DONE, done)}
    !${summary(shown)}
    <div class="panels">
      !${form(shown, 'limit', 'Set the limit', limit)}
      !${form(shown, 'numbers', 'Set the numbers', numbers)}
      !${form(shown, 'phone', 'Set the address', phone)}
      !${form(shown, 'password', 'Reset the password', passwordField())}
      !${access(shown)}
    </div>
    !${allowed(shown)}`;
}

function summary({ user }: ShownUser): string {
  const { name, ongoingCalls, maxOngoingCalls, createdAt } = user;
  const badges = standing(user).trim();
  return html`!${badges === '' ? '' : html`<p>!${badges}</p>`}
    !${facts([
      ['Ongoing calls', usage(ongoingCalls, maxOngoingCalls)],
      ['Added', time(createdAt)],
    ])}
    <p class="buttons">
      <a class="button quiet" href="${callsOf({ user: name })}">Calls</a>
      <a class="button quiet" href="${auditLogOf({ user: name })}">Audit log</a>
      <a class="button quiet" href="${userAddress(name)}/data">Data and second factors</a>
    </p>`;
}

const HEADINGS = { limit: 'Limit', numbers: 'Numbers', phone: 'Phone', password: 'Password' } as const;

function form(
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

function typedIn({ refused }: ShownUser, name: RefusedForm['form'], otherwise: string): string {
  return refused?.form === name ? refused.typed : otherwise;
}

function allowed({ user, grants }: ShownUser): string {
  return html`<h2>Allowed applications</h2>
    !${table({
      caption: 'What applications may do on this user’s behalf, oldest first',
      columns: ['Application', 'Scopes', 'Allowed', 'Last used', 'Withdraw'],
      rows: grants.map(({ clientId, clientName, scopes, grantedAt, lastUsedAt }) => [
        html`<a href="${clientAddress(clientId)}">${clientName}</a>`,
        html`${scopes.join(', ')}`,
        time(grantedAt),
        lastUsedAt === null ? 'never' : time(lastUsedAt),
        html`<a class="button danger" href="${userAddress(user.name)}/grants/${encodeURIComponent(clientId)}/withdraw"
          aria-label="Withdraw what ${clientName} may do">Withdraw…</a>`,
      ]),
      empty: 'None: the user has allowed no application anything.',
    })}`;
}

function access({ user, own }: ShownUser): string {
  const address = userAddress(user.name);
  const body = user.disabled
    ? html`<p>The user can neither sign in nor call.</p>
        <form method="post" action="${address}/enable"><button type="submit">Enable the user</button></form>`
    : own
      ? html`<p>You cannot disable yourself: another administrator can.</p>`
      : html`<p>A disabled user can neither sign in nor call.</p>
          <p><a class="button danger" href="${address}/disable">Disable the user…</a></p>`;
  return html`<div class="card"><h2>Access</h2>!${body}</div>`;
}
