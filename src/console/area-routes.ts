import type { FastifyInstance } from 'fastify';
import type { BoardParts } from './board/board-routes.ts';
import { boardRoutes } from './board/board-routes.ts';
import { createBoardWatch, type WatchParts } from './board/board-watch.ts';
import { type HangUpParts, hangUpRoutes } from './board/hang-up-routes.ts';

export interface AreaParts extends Omit<BoardParts, 'watch'>, WatchParts, HangUpParts {}

/** What administrators come for. */
export function areaRoutes(parts: AreaParts) {
  return async (app: FastifyInstance): Promise<void> => {
    await app.register(boardRoutes({ ...parts, watch: createBoardWatch(parts) }));
    await app.register(hangUpRoutes(parts));
  };
}
