import type { FastifyInstance } from 'fastify';
import type { BoardParts } from './board/board-routes.ts';
import { boardRoutes } from './board/board-routes.ts';
import { createBoardWatch, type WatchParts } from './board/board-watch.ts';
import { type HangUpParts, hangUpRoutes } from './board/hang-up-routes.ts';
import { accessRoutes } from './users/access-routes.ts';
import { type NewUserParts, newUserRoutes } from './users/new-user-routes.ts';
import { userRoutes } from './users/user-routes.ts';
import type { UserParts } from './users/user-view.ts';
import { usersRoutes } from './users/users-routes.ts';

export interface AreaParts
  extends Omit<BoardParts, 'watch'>,
    WatchParts,
    HangUpParts,
    UserParts,
    NewUserParts {}

/** What administrators come for. */
export function areaRoutes(parts: AreaParts) {
  return async (app: FastifyInstance): Promise<void> => {
    await app.register(boardRoutes({ ...parts, watch: createBoardWatch(parts) }));
    await app.register(hangUpRoutes(parts));
    await app.register(usersRoutes(parts.users));
    await app.register(newUserRoutes(parts));
    await app.register(userRoutes(parts));
    await app.register(accessRoutes(parts));
  };
}
