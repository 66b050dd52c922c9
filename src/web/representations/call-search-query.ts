import { type Static, Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS, Q850_CAUSES, SIP_STATUSES } from '../../core/calls/call.ts';
import type { CallSearch } from '../../core/calls/call-search.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../core/clients/document-client.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { readNumber, timeParameter } from '../../platform/http/query.ts';
import type { NumberRange } from '../../platform/number-range.ts';
import { readTime } from '../../platform/time-formats.ts';

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }));

/** Numbers in a query are text, so `readCallSearch` parses them. */
const code = (description: string, { min, max }: NumberRange, example: string) =>
  Type.Optional(Type.String({ description: `${description}, from ${min} to ${max}.`, examples: [example] }));

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
  sip_status: code('SIP status that ended the call', SIP_STATUSES, '603'),
  q850_cause: code('Cause of ITU-T Q.850 that ended the call', Q850_CAUSES, '21'),
  ongoing: Type.Optional(oneOf(['true', 'false'], 'Whether the call is ongoing.')),
  from: timeParameter('Opened at or after this time'),
  to: timeParameter('Opened before this time'),
};

export const SearchQuery = Type.Object(searchParameters);
export type SearchQuery = Static<typeof SearchQuery>;

/** @throws InvalidInput for an invalid time, status or cause */
export function readCallSearch({
  user,
  client,
  ongoing,
  sip_status,
  q850_cause,
  from,
  to,
  ...rest
}: SearchQuery): CallSearch {
  return {
    ...rest,
    ...(user !== undefined && { userName: user }),
    ...(client !== undefined && { clientId: client }),
    ...(ongoing !== undefined && { ongoing: ongoing === 'true' }),
    ...(sip_status !== undefined && { sipStatus: readNumber('sip_status', sip_status, SIP_STATUSES) }),
    ...(q850_cause !== undefined && { q850Cause: readNumber('q850_cause', q850_cause, Q850_CAUSES) }),
    ...(from !== undefined && { from: readTime('from', from) }),
    ...(to !== undefined && { to: readTime('to', to) }),
  };
}
