import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { BoardService, Board as KeptBoard } from '../../core/calls/board-service.ts';
import { type Board, showBoard } from './board-operations.ts';

export function adminBoardRoutes(boards: BoardService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get('/admin/board', { config: { entry: 'administrator' }, schema: showBoard }, async () =>
      adminBoard(await boards.readBoard()),
    );
  };
}

function adminBoard({ ongoingCalls, busy, ...rest }: KeptBoard): Board {
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
