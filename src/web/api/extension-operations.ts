import { Type } from 'typebox';
import { CallEnded, CallNotFound, CallNotRenewable } from '../../core/calls/call-errors.ts';
import { RATE_LIMIT } from '../../core/calls/rate-limit.ts';
import { E164_PATTERN } from '../../core/phone-numbers/phone-number.ts';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { headerSchemas } from '../../platform/http/openapi/headers.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { nextPageToken, pageParameters } from '../../platform/http/query.ts';
import { headers, params, tags } from '../click-to-dial/call-operations.ts';
import { CallResource } from '../click-to-dial/call-resource.ts';
import { CallStatus, extension } from '../click-to-dial/call-schemas.ts';

/** What CAMARA Click to Dial lacks. */

const number = Type.String({ pattern: E164_PATTERN, description: 'E.164; write + as %2B' });

export const listCalls = {
  ...extension,
  operationId: 'listCalls',
  summary: 'List calls',
  description:
    'The calls that the client opened, newest first; with scope `call` all the user’s. Every parameter narrows the list down.',
  tags,
  headers,
  querystring: Type.Object(
    {
      state: Type.Optional(CallStatus),
      ongoing: Type.Optional(oneOf(['true', 'false'], 'Whether it goes on')),
      caller: Type.Optional(number),
      callee: Type.Optional(number),
      from: Type.Optional(Type.String({ description: 'Opened at or after, ISO 8601' })),
      to: Type.Optional(Type.String({ description: 'Opened before, ISO 8601' })),
      ...pageParameters,
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object(
      { calls: Type.Array(CallResource), nextPageToken },
      { description: 'A page of calls.', headers: CorrelatorHeader },
    ),
  },
  errors: [InvalidPhoneNumber],
};

export const getLimits = {
  ...extension,
  operationId: 'getLimits',
  summary: 'Show the user’s limit',
  description: 'How many ongoing calls the user may have, over all applications, and how many they have.',
  tags,
  headers,
  response: {
    200: Type.Object(
      {
        limit: Type.Integer({ minimum: 0 }),
        ongoing: Type.Integer({ minimum: 0 }),
        remaining: Type.Integer({ minimum: 0, description: 'How many more the user may have now.' }),
      },
      { description: 'The limit.', headers: { ...CorrelatorHeader, ...headerSchemas(RATE_LIMIT) } },
    ),
  },
};

export const getNumbers = {
  ...extension,
  operationId: 'getNumbers',
  summary: 'Show the numbers that the user may call from',
  description: 'What `caller` may be, the default one first.',
  tags,
  headers,
  response: {
    200: Type.Object(
      { numbers: Type.Array(Type.String({ description: 'E.164' })) },
      { description: 'The numbers.', headers: CorrelatorHeader },
    ),
  },
};

export const renewCall = {
  ...extension,
  operationId: 'renewCall',
  summary: 'Keep a call alive',
  description: 'Moves the deadline of a call that nothing but its client keeps alive.',
  tags,
  headers,
  params,
  response: { 200: answer(CallResource, 'The call, with its new deadline.', CorrelatorHeader) },
  errors: [CallNotFound, CallEnded, CallNotRenewable],
};
