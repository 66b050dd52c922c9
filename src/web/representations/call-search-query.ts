import { type Static, Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS } from '../../core/calls/call.ts';
import type { CallSearch } from '../../core/calls/call-search.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../core/clients/document-client.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { timeParameter } from '../../platform/http/query.ts';
import { readTime } from '../../platform/time-formats.ts';

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }));

/** The query parameters that filter calls. */
export const searchParameters = {
  q: text('A complete call id, phone number, user name or client reference.'),
  user: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Name of a user.' })),
  client: Type.Optional(
    Type.String({ minLength: 1, maxLength: MAX_CLIENT_ID_LENGTH, description: 'Id of a client.' }),
  ),
  caller: text('Number of the caller, as dialled.'),
  callee: text('Number of the callee, as dialled.'),
  state: Type.Optional(oneOf(CALL_STATES, 'State of the call.')),
  reason: Type.Optional(oneOf(DISCONNECTION_REASONS, 'Why the call ended.')),
  ongoing: Type.Optional(oneOf(['true', 'false'], 'Whether the call is ongoing.')),
  from: timeParameter('Opened at or after this time'),
  to: timeParameter('Opened before this time'),
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
