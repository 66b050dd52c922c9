import { type Static, Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS } from '../../core/calls/call.ts';
import type { CallSearch } from '../../core/calls/call-search.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { readTime, timeParameter } from '../../platform/http/query.ts';

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }));

/** The query parameters that narrow the history down. */
export const searchParameters = {
  q: text('A call’s id, a phone number, a user’s name or a client’s reference: the whole of it.'),
  user: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'A user’s name.' })),
  client: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'A client’s id.' })),
  caller: text('The number that it came from, as it is dialled.'),
  callee: text('The number that it went to, as it is dialled.'),
  state: Type.Optional(oneOf(CALL_STATES, 'Where the call is.')),
  reason: Type.Optional(oneOf(DISCONNECTION_REASONS, 'Why it ended.')),
  ongoing: Type.Optional(oneOf(['true', 'false'], 'Whether it goes on.')),
  from: timeParameter('Opened then or later'),
  to: timeParameter('Opened before'),
};

export const SearchQuery = Type.Object(searchParameters);
export type SearchQuery = Static<typeof SearchQuery>;

/** @throws InvalidInput for an invalid time */
export function readCallSearch({ user, client, ongoing, from, to, ...rest }: SearchQuery): CallSearch {
  return {
    ...rest,
    ...(user !== undefined && { userName: user }),
    ...(client !== undefined && { clientId: client }),
    ...(ongoing !== undefined && { ongoing: ongoing === 'true' }),
    ...(from !== undefined && { from: readTime('from', from) }),
    ...(to !== undefined && { to: readTime('to', to) }),
  };
}
