import type { Board, BoardService } from '../../../core/calls/board-service.ts';
import type { ChangeSignal } from '../../../core/calls/change-signal.ts';
import type { Cancel, Clock } from '../../../platform/clock.ts';

/** Changes within so long are one: on a busy server there are hundreds. */
const GATHER_MS = 1_000;
/** Older than that, the board is looked at again though nothing was heard: signals may be lost. */
const LONGEST_MS = 2_000;

export interface BoardWatch {
  /** For those who watch it: what is past a moment ago may still be there. */
  look(): Promise<Board>;
  /** @param changed called when the board may have become another. @returns ends the subscription */
  subscribe(changed: () => void): () => void;
}

export interface WatchParts {
  readonly boards: BoardService;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly clock: Clock;
}

/** One look at the board serves all on this node who have it before them. */
export function createBoardWatch({ boards, signal, clock }: WatchParts): BoardWatch {
  const watchers = new Set<() => void>();
  let seen: { readonly at: number; readonly board: Promise<Board> } | undefined;
  let unsubscribe = () => {};
  /** Runs for a while after watchers were told. */
  let cancelPause: Cancel | undefined;
  let changedMeanwhile = false;

  const now = () => clock.now().getTime();

  function hear(): void {
    if (cancelPause) {
      changedMeanwhile = true;
      return;
    }
    seen = undefined;
    cancelPause = clock.after(GATHER_MS, () => {
      cancelPause = undefined;
      if (changedMeanwhile) hear();
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
      if (!seen || now() - seen.at > LONGEST_MS) {
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
        unsubscribe = signal.subscribe(hear);
      }
      watchers.add(changed);
      return () => {
        if (watchers.delete(changed) && watchers.size === 0) stop();
      };
    },
  };
}
