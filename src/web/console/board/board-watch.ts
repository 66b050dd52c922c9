import type { Board, BoardService } from '../../../core/calls/board-service.ts';
import type { ChangeSignal } from '../../../core/calls/change-signal.ts';
import type { Cancel, Clock } from '../../../platform/clock.ts';

/** Watchers are notified at most once in this time, because a busy server has hundreds of changes. */
const NOTIFY_INTERVAL_MS = 1_000;
/** An older board is read again even without a signal, because signals may be lost. */
const MAX_AGE_MS = 2_000;

export interface BoardWatch {
  /** Reads the board, which may be up to two seconds old. */
  readBoard(): Promise<Board>;
  /** @param onChange called when the board may have changed. @returns ends the subscription */
  subscribe(onChange: () => void): () => void;
}

interface BoardWatchDeps {
  readonly boards: BoardService;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly clock: Clock;
}

/** Reads the board once for all browsers that show it on this node. */
export function createBoardWatch({ boards, signal, clock }: BoardWatchDeps): BoardWatch {
  const watchers = new Set<() => void>();
  let cached: { readonly at: number; readonly board: Promise<Board> } | undefined;
  let unsubscribe = () => {};
  /** Set after watchers were notified, for NOTIFY_INTERVAL_MS. */
  let cancelPause: Cancel | undefined;
  let changedDuringPause = false;

  const now = () => clock.now().getTime();

  function notifyWatchers(): void {
    if (cancelPause) {
      changedDuringPause = true;
      return;
    }
    cached = undefined;
    cancelPause = clock.after(NOTIFY_INTERVAL_MS, () => {
      cancelPause = undefined;
      if (changedDuringPause) notifyWatchers();
    });
    changedDuringPause = false;
    for (const onChange of watchers) onChange();
  }

  function stop(): void {
    unsubscribe();
    cancelPause?.();
    cancelPause = undefined;
    changedDuringPause = false;
  }

  return {
    readBoard() {
      if (!cached || now() - cached.at > MAX_AGE_MS) {
        const board = boards.readBoard();
        board.catch(() => {
          cached = undefined;
        });
        cached = { at: now(), board };
      }
      return cached.board;
    },
    subscribe(onChange) {
      if (watchers.size === 0) {
        cached = undefined;
        unsubscribe = signal.subscribe(notifyWatchers);
      }
      watchers.add(onChange);
      return () => {
        if (watchers.delete(onChange) && watchers.size === 0) stop();
      };
    },
  };
}
