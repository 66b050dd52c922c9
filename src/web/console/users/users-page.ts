import { html } from 'ghtml';
import type { User } from '../../../core/people/user-service.ts';
import type { ListPage } from '../../../platform/database/paging.ts';
import { badge, pager, table, textField, time } from '../../../platform/http/pages/elements.ts';
import { NEW_USER, USERS, userAddress } from '../addresses.ts';
import { usage } from '../parts/usage.ts';

export interface UsersList {
  /** What the names begin with. */
  readonly name: string;
  readonly page: ListPage<User>;
}

export function usersBody({ name, page: { items, nextPageToken } }: UsersList): string {
  return html`
    <form class="filters" role="search" action="${USERS}">
      !${textField({ name: 'name', label: 'Name begins with', type: 'search', value: name, maxLength: 64 })}
      <button type="submit" class="even">Search</button>
    </form>
    <p><a class="button" href="${NEW_USER}">Add a user</a></p>
    !${table({
      caption: name === '' ? 'Users, by name' : `Users whose names begin with “${name}”`,
      columns: ['Name', 'Ongoing calls', 'Numbers', 'Added'],
      rows: items.map(row),
      empty: name === '' ? 'There are no users.' : `No user’s name begins with “${name}”.`,
    })}
    !${pager(nextPageToken && `${USERS}?${new URLSearchParams({ ...(name !== '' && { name }), page_token: nextPageToken })}`, 'More users')}`;
}

function row(user: User): string[] {
  const { name, ongoingCalls, maxOngoingCalls, createdAt } = user;
  return [
    html`<a href="${userAddress(name)}">${name}</a> !${standing(user)}`,
    usage(ongoingCalls, maxOngoingCalls),
    html`${summary(user.numbers)}`,
    time(createdAt),
  ];
}

export function standing({ administrator, disabled }: User): string {
  return [administrator ? badge('administrator') : '', disabled ? badge('disabled', 'bad') : ''].join(' ');
}

function summary([first, ...others]: readonly string[]): string {
  if (first === undefined) return 'none';
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
