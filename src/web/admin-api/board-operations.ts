import { type Static, Type } from 'typebox';
import { CALL_STATES } from '../../core/calls/call.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { oneOf, textOrNull, time, timeOrNull } from '../../platform/http/openapi/values.ts';
import { NoQuery } from '../../platform/http/query.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const BoardCall = Type.Object({
  id: Type.String(),
  client: Type.String({ description: 'The client that opened it, by id.' }),
  clientName: textOrNull('Null for a client that has been removed.'),
  caller: textOrNull('E.164; null for a user without a number.'),
  callee: Type.String({ description: 'E.164.' }),
  state: oneOf(CALL_STATES, 'Where it is in its life.'),
  createdAt: time('When it was opened.'),
  connectedAt: timeOrNull('When the callee had answered, too; null until then.'),
});

const Board = Type.Object(
  {
    ongoing: count('How many calls go on, over all users.'),
    users: count('How many users have ongoing calls.'),
    usersAtLimit: count('How many of those may open no more.'),
    busy: Type.Array(
      Type.Object({
        user: Type.String({ description: 'By name.' }),
        limit: count('How many ongoing calls the user may have.'),
        ongoing: count('How many the user has.'),
        calls: Type.Array(BoardCall, { description: 'Oldest first.' }),
      }),
      { description: 'Those at their limit first, then by name.' },
    ),
    more: count('How many ongoing calls are not shown.'),
  },
  { title: 'Board', description: 'What goes on just now.' },
);
export type Board = Static<typeof Board>;

export const showBoard = {
  operationId: 'showBoard',
  summary: 'Show what goes on just now',
  description:
    'Ongoing calls by user, against their limits: at most 500 calls. All of them, by pages, are listed by `GET /admin/calls?ongoing=true`.',
  tags: [TAGS.adminCalls],
  querystring: NoQuery,
  response: { 200: answer(Board, 'The board.') },
};
