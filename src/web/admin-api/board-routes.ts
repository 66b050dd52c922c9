import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { BoardService, Board as CurrentBoard } from '../../core/calls/board-service.ts';
import { CALL_STATES } from '../../core/calls/call.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { dateTime, dateTimeOrNull, oneOf, textOrNull } from '../../platform/http/openapi/values.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';

const count = (description: string, example = 1) =>
  Type.Integer({ minimum: 0, description, examples: [example] });

const BoardCall = Type.Object({
  id: Type.String({ examples: [SAMPLES.call] }),
  client: Type.String({ description: 'Id of the client that opened the call.', examples: [SAMPLES.client] }),
  clientName: textOrNull('Name of the client; null if it has been removed.', SAMPLES.clientName),
  caller: textOrNull('E.164; null for a user without a number.', SAMPLES.caller),
  callee: Type.String({ description: 'E.164.', examples: [SAMPLES.callee] }),
  state: oneOf(CALL_STATES, 'State of the call.'),
  createdAt: dateTime('When the call was opened.'),
  connectedAt: dateTimeOrNull('When the callee answered; null before that.'),
});

const Board = Type.Object(
  {
    ongoing: count('Ongoing calls of all users.'),
    users: count('Users with ongoing calls.'),
    usersAtLimit: count('Users who have reached their limit.', 0),
    busy: Type.Array(
      Type.Object({
        user: Type.String({ description: 'Name of the user.', examples: [SAMPLES.user] }),
        limit: count('Limit of the user’s ongoing calls.', 2),
        ongoing: count('Ongoing calls of the user.'),
        calls: Type.Array(BoardCall, { description: 'Oldest first.' }),
      }),
      { description: 'Users at their limit first, then by name.' },
    ),
    more: count('Ongoing calls that are not shown.', 0),
  },
  { title: 'Board', description: 'The ongoing calls.' },
);
type Board = Static<typeof Board>;

interface AdminBoardDeps {
  readonly boards: BoardService;
}

export const adminBoardRoutes: FastifyPluginAsyncTypebox<AdminBoardDeps> = async (app, { boards }) => {
  app.get(
    '/admin/board',
    {
      config: { entry: 'administrator' },
      schema: {
        operationId: 'showBoard',
        summary: 'Show the ongoing calls by user',
        description:
          'Ongoing calls by user, with the users’ limits; at most 500 calls. `GET /admin/calls?ongoing=true` lists all of them, page by page.',
        tags: [TAGS.adminCalls],
        response: { 200: answer(Board, 'The board.') },
      },
    },
    async () => adminBoard(await boards.readBoard()),
  );
};

function adminBoard({ ongoingCalls, busy, ...rest }: CurrentBoard): Board {
  return {
    ...rest,
    ongoing: ongoingCalls,
    busy: busy.map(({ userName, calls, ...user }) => ({
      ...user,
      user: userName,
      calls: calls.map(({ clientId, ...call }) => ({ ...call, client: clientId })),
    })),
  };
}
