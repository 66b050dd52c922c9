import { html } from 'ghtml';
import type { User } from '../../../core/people/user-service.ts';
import type { ListPage } from '../../../platform/database/paging.ts';
import { pager, table, textField, time } from '../../../platform/http/pages/elements.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { NEW_USER, USERS, userAddress } from '../addresses.ts';
import { addressOf } from '../forms.ts';
import { usage } from '../records.ts';
import { userBadges } from './user-page.ts';

const DONE = {
  erased: 'The user is erased. Phone numbers are removed from the user’s calls in the background.',
};

export interface UserListView {
  /** Prefix of the names. */
  readonly name: string;
  readonly page: ListPage<User>;
  readonly done?: string | undefined;
}

export function userListBody({ name, page, done }: UserListView): string {
  return html`
    !${doneNotice(DONE, done)}
    <form class="filters" role="search" action="${USERS}">
      !${textField({ name: 'name', label: 'Name starts with', type: 'search', value: name, maxLength: 64 })}
      <button type="submit" class="even">Search</button>
    </form>
    <p><a class="button" href="${NEW_USER}">Add a user</a></p>
    !${table({
      caption: name === '' ? 'Users, by name' : `Users whose names start with “${name}”`,
      columns: ['Name', 'Ongoing calls', 'Numbers', 'Added'],
      rows: page.items.map(userRow),
      empty: name === '' ? 'No users yet.' : `No user’s name starts with “${name}”.`,
    })}
    !${pager(page.nextPageToken && addressOf(USERS, { ...(name !== '' && { name }), page_token: page.nextPageToken }), 'More users')}`;
}

function userRow(user: User): string[] {
  const { name, numbers, ongoingCalls, maxOngoingCalls, createdAt } = user;
  const [first = 'none', ...others] = numbers;
  return [
    html`<a href="${userAddress(name)}">${name}</a> !${userBadges(user)}`,
    usage(ongoingCalls, maxOngoingCalls),
    html`${others.length === 0 ? first : `${first} and ${others.length} more`}`,
    time(createdAt),
  ];
}
