import type { Board, BoardService } from '../../../core/calls/board-service.ts';
import type { ChangeSignal } from '../../../core/calls/change-signal.ts';
import type { Cancel, Clock } from '../../../platform/clock.ts';

/** Changes within this time are announced once: a busy server has hundreds. */
const GATHER_MS = 1_000;
/** A board older than this is read again without a change signal: signals may be lost. */
const MAX_AGE_MS = 2_000;

export interface BoardWatch {
  /** The board, at most a moment old. */
  look(): Promise<Board>;
  /** @param changed called when the board may have changed. @returns ends the subscription */
  subscribe(changed: () => void): () => void;
}

interface BoardWatchDeps {
  readonly boards: BoardService;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly clock: Clock;
}

/** Reads the board once for all browsers that show it on this node. */
export function createBoardWatch({ boards, signal, clock }: BoardWatchDeps): BoardWatch {
  const watchers = new Set<() => void>();
  let seen: { readonly at: number; readonly board: Promise<Board> } | undefined;
  let unsubscribe = () => {};
  /** Set for a while after watchers were called. */
  let cancelPause: Cancel | undefined;
  let changedMeanwhile = false;

  const now = () => clock.now().getTime();

  function onChange(): void {
    if (cancelPause) {
      changedMeanwhile = true;
      return;
    }
    seen = undefined;
    cancelPause = clock.after(GATHER_MS, () => {
      cancelPause = undefined;
      if (changedMeanwhile) onChange();
    });
    changedMeanwhile = false;
    for (const changed of watchers) changed();
  }

  function stop(): void {
    unsubscribe();
    cancelPause?.();
    cancelPause = undefined;
    changedMeanwhile = false;
  }

  return {
    look() {
      if (!seen || now() - seen.at > MAX_AGE_MS) {
        const board = boards.readBoard();
        board.catch(() => {
          seen = undefined;
        });
        seen = { at: now(), board };
      }
      return seen.board;
    },
    subscribe(changed) {
      if (watchers.size === 0) {
        seen = undefined;
        unsubscribe = signal.subscribe(onChange);
      }
      watchers.add(changed);
      return () => {
        if (watchers.delete(changed) && watchers.size === 0) stop();
      };
    },
  };
}
