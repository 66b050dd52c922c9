import { Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS, ENDED_BY } from '../../core/calls/call.ts';
import { REASON_LENGTHS } from '../../core/calls/call-administration.ts';
import { CallNotFound } from '../../core/calls/call-errors.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { exportResponse, format } from '../../platform/http/export.ts';
import { FORM_OR_JSON, JSON_OR_XML, TAGS } from '../../platform/http/openapi/operation.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { oneOf, oneOrNull, time } from '../../platform/http/openapi/values.ts';
import { NoQuery, nextPageToken, pageParameters } from '../../platform/http/query.ts';
import { AdminCall } from '../representations/call-representation.ts';
import { searchParameters } from '../representations/call-search-query.ts';

const tags = [TAGS.adminCalls];
const params = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, description: 'The call.' }),
});
const call = answer(AdminCall, 'The call.');
export const listCalls = {
  operationId: 'listAllCalls',
  summary: 'List calls',
  description: 'Calls of all users, newest first; every parameter narrows the list down.',
  tags,
  querystring: Type.Object({ ...searchParameters, ...pageParameters }, { additionalProperties: false }),
  response: {
    200: Type.Object({ calls: Type.Array(AdminCall), nextPageToken }, { description: 'A page of calls.' }),
  },
};

export const exportCalls = {
  operationId: 'exportCalls',
  summary: 'Export calls',
  description:
    'All calls that the parameters leave, newest first, as one file. It is sent as it is read; a connection that breaks off leaves it incomplete.',
  tags,
  querystring: Type.Object({ ...searchParameters, format }, { additionalProperties: false }),
  response: { 200: exportResponse },
};

export const findCall = {
  operationId: 'findAnyCall',
  summary: 'Show any call',
  description: 'Whoever’s it is, ongoing or not.',
  tags,
  produces: JSON_OR_XML,
  params,
  querystring: NoQuery,
  response: { 200: call },
  errors: [CallNotFound, NotAcceptable],
};

export const endCall = {
  operationId: 'endAnyCall',
  summary: 'End any call',
  description: 'Whoever’s it is; one that has ended stays as it is.',
  tags,
  consumes: FORM_OR_JSON,
  params,
  body: Type.Object(
    {
      reason: Type.Optional(
        Type.String({
          ...REASON_LENGTHS,
          description: 'Why, for the audit log. What looks like a phone number is not kept.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  response: { 200: call },
  errors: [CallNotFound],
};

export const showTimeline = {
  operationId: 'showTimeline',
  summary: 'Show the timeline of a call',
  description: 'Its transitions, in their order.',
  tags,
  params,
  querystring: NoQuery,
  response: {
    200: Type.Object(
      {
        events: Type.Array(
          Type.Object({
            sequence: Type.Integer({ minimum: 1, description: 'Counts the events of the call’s user.' }),
            state: oneOf(CALL_STATES, 'Where the call was from then on.'),
            reason: oneOrNull(DISCONNECTION_REASONS, 'Why it ended; null while it went on.'),
            endedBy: oneOrNull(ENDED_BY, 'Who ended it; null while it went on.'),
            at: time('When.'),
          }),
        ),
      },
      { description: 'The timeline.' },
    ),
  },
  errors: [CallNotFound],
};
