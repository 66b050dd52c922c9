import { Type } from '@fastify/type-provider-typebox';
import { CALL_STATES } from '../calls/call.ts';
import { CallNotFound } from '../calls/call-errors.ts';
import { JSON_OR_XML, TAGS } from '../http/openapi/operation.ts';
import { answer } from '../http/openapi/response.ts';
import { oneOf } from '../http/openapi/values.ts';
import { NoQuery, nextPageToken, pageParameters } from '../http/query.ts';
import { NotAcceptable } from '../http/representation.ts';
import { AdminCall } from './call-representation.ts';

const tags = [TAGS.adminCalls];
const params = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, description: 'The call.' }),
});
const call = answer(AdminCall, 'The call.');
const time = (description: string) =>
  Type.Optional(
    Type.String({
      description: `${description}; ISO 8601, a day or a time, in UTC unless it has a zone.`,
      examples: ['2026-01-31T08:30:00Z'],
    }),
  );

export const listCalls = {
  operationId: 'listAllCalls',
  summary: 'List calls',
  description: 'Calls of all users, newest first; every parameter narrows the list down.',
  tags,
  querystring: Type.Object(
    {
      user: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'A user’s name.' })),
      client: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'A client’s id.' })),
      state: Type.Optional(oneOf(CALL_STATES, 'Where the call is.')),
      ongoing: Type.Optional(oneOf(['true', 'false'], 'Whether it goes on.')),
      from: time('Opened then or later'),
      to: time('Opened before'),
      ...pageParameters,
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({ calls: Type.Array(AdminCall), nextPageToken }, { description: 'A page of calls.' }),
  },
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
  params,
  response: { 200: call },
  errors: [CallNotFound],
};
