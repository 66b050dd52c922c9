import { Type } from 'typebox';
import { CannotDisableSelf, UserNotFound } from '../../core/people/people-errors.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { textOrNull, texts, time, timeOrNull } from '../../platform/http/openapi/values.ts';
import { NoQuery } from '../../platform/http/query.ts';
import { AdminCall } from '../representations/call-representation.ts';
import { limit, params, tags } from './user-operations.ts';

const { user: _user, duration: _duration, ...callProperties } = AdminCall.properties;
const word = Type.String();

const PersonData = Type.Object(
  {
    user: Type.Object({
      id: Type.String({ description: 'As in the audit log.' }),
      name: word,
      administrator: Type.Boolean(),
      disabled: Type.Boolean(),
      limit,
      numbers: texts('E.164.'),
      sipAddress: textOrNull('Where their own phone rings.'),
      createdAt: time('When the user was added.'),
    }),
    grants: Type.Array(
      Type.Object({
        client: word,
        clientName: word,
        scopes: texts('What the client may do.'),
        grantedAt: time('When.'),
        lastUsedAt: timeOrNull('When.'),
      }),
    ),
    secondFactors: Type.Array(
      Type.Object({ kind: word, name: word, createdAt: time('When.'), lastUsedAt: timeOrNull('When.') }),
    ),
    calls: Type.Array(Type.Object(callProperties), { description: 'Newest first.' }),
    events: Type.Array(
      Type.Object({
        sequence: Type.Integer(),
        call: word,
        state: word,
        reason: textOrNull('Why it ended.'),
        endedBy: textOrNull('Who ended it.'),
        at: time('When.'),
      }),
      { description: 'The transitions of the calls, in their order.' },
    ),
    auditLog: Type.Array(
      Type.Object({
        at: time('When.'),
        action: word,
        actor: Type.String({ description: 'What kind of actor it was.' }),
        byThemselves: Type.Boolean(),
        ipAddress: textOrNull('Where from, of what they did themselves.'),
        client: textOrNull('By id.'),
        subject: textOrNull('What else it concerned.'),
        details: Type.Record(Type.String(), Type.Unknown()),
      }),
      { description: 'What they did and what concerned them, in its order.' },
    ),
  },
  { title: 'PersonData', description: 'Everything that is kept about a person.' },
);

export const exportData = {
  operationId: 'exportUserData',
  summary: 'Export everything about a user',
  description:
    'One document, which is sent as it is read. A connection that breaks off leaves it incomplete.',
  tags,
  params,
  querystring: NoQuery,
  response: { 200: answer(PersonData, 'The document.') },
  errors: [UserNotFound],
};

export const eraseUser = {
  operationId: 'eraseUser',
  summary: 'Erase a user',
  description:
    'Ends their calls, sessions and permissions, removes their name, numbers and password, and strips their calls of numbers and of what clients wrote. The name is free again. It cannot be undone; calls that take longer are stripped within minutes.',
  tags,
  params,
  response: { 204: empty('The user is gone.') },
  errors: [UserNotFound, CannotDisableSelf],
};
