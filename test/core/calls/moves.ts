import type { CallState } from '../../../src/core/calls/call.ts';
import type { Event, Sql } from './lives.ts';
import { insertCalls } from './rows.ts';

export interface Row extends Event {
  readonly connectedAt: Date | null;
  readonly endedAt: Date | null;
  readonly recordingResult: string | null;
  /** Seconds from now. */
  readonly deadline: number;
}

const ROW = `state, reason, ended_by AS "endedBy", connected_at AS "connectedAt", ended_at AS "endedAt",
             recording_result AS "recordingResult", extract(epoch FROM deadline_at - clock_timestamp())::float AS deadline`;

/** Transitions of one user's calls, in SQL. */
export function movesOf({ sql }: Sql, userId: string) {
  async function move(
    id: string,
    state: string,
    reason?: string,
    endedBy?: string,
  ): Promise<Row | undefined> {
    const [moved] = await sql<Row & Record<string, unknown>>(`SELECT ${ROW} FROM move_call($1, $2, $3, $4)`, [
      id,
      state,
      reason,
      endedBy,
    ]);
    return moved;
  }

  return {
    move,

    async rowOf(id: string): Promise<Row | undefined> {
      const [row] = await sql<Row & Record<string, unknown>>(`SELECT ${ROW} FROM calls WHERE id = $1`, [id]);
      return row;
    },

    /** A call that reached a state through its events. */
    async callIn(state: CallState, recording = false): Promise<string> {
      const [id = ''] = await insertCalls({ sql }, userId, 1, { state: 'initiating', recording });
      if (state === 'failed') await move(id, 'failed', 'callerFailure', 'carrier');
      else if (state === 'disconnected') await move(id, 'disconnected', 'callerBusy', 'carrier');
      else if (state !== 'initiating') await move(id, state);
      return id;
    },
  };
}
