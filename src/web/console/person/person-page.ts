import { html } from 'ghtml';
import type { User } from '../../../core/people/user-service.ts';
import type { SecondFactorAdministration } from '../../../core/second-factors/second-factor-administration.ts';
import { actionButton, table, textField, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import { userAddress } from '../addresses.ts';

const DONE = {
  secondFactors: 'The second factors are gone. A console that asks for one lets the user set up a new one.',
};

export interface Person {
  readonly user: User;
  readonly factors: Awaited<ReturnType<SecondFactorAdministration['list']>>;
  readonly done?: string | undefined;
  readonly wrong?: string;
}

export function personBody({ user, factors, done, wrong }: Person): string {
  const address = userAddress(user.name);
  return html`!${doneNotice(DONE, done)}!${problemNotice(wrong)}
    <p><a href="${address}">Back to ${user.name}</a></p>
    <h2>Export</h2>
    <p>Everything that is kept of this person, as one JSON document: who they are, their numbers, what they allowed, their calls
      with their events, and what the audit log has of them.</p>
    <p><a class="button quiet" href="${address}/data/export" download>Export</a></p>
    <h2>Second factors</h2>
    !${table({
      caption: 'What the console asks this user for beside the password',
      columns: ['Name', 'Kind', 'Since', 'Last used'],
      rows: factors.map(({ name, kind, createdAt, lastUsedAt }) => [
        html`${name}`,
        kind === 'totp' ? 'Codes of an app' : 'Passkey',
        time(createdAt),
        lastUsedAt ? time(lastUsedAt) : 'never',
      ]),
      empty: 'There are none.',
    })}
    !${factors.length === 0 ? '' : html`<p>!${actionButton({ action: `${address}/data/second-factors`, text: 'Reset second factors', tone: 'danger' })}</p>`}
    <h2>Erase</h2>
    <p>Ends their calls and sessions, withdraws all that they allowed, and removes their name, numbers and password. Their calls
      stay, without numbers, as they count for the statistics. This cannot be undone.</p>
    <form method="post" action="${address}/data/erase" class="card">
      !${textField({ name: 'confirm', label: 'To confirm, write the user’s name', required: true, autocomplete: 'off' })}
      <button type="submit" class="danger">Erase ${user.name}</button>
    </form>`;
}
