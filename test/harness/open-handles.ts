import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const CLOSING_MS = 10_000;

/**
 * Fails if this process still has open sockets, servers or child processes, which would keep it running, and names them. What was
 * just closed has some seconds to end. Timers are not open things: they end.
 */
export async function assertNothingOpen(): Promise<void> {
  const deadline = performance.now() + CLOSING_MS;
  for (;;) {
    const open = openHandles().filter(({ type }) => type !== 'timer');
    if (open.length === 0) return;
    if (performance.now() > deadline) assert.fail(`still open: ${JSON.stringify(open, null, 2)}`);
    await sleep(1);
  }
}

interface Handle {
  readonly type: string;
  readonly is_active?: boolean;
  readonly is_referenced?: boolean;
  /** Bytes that the other side has not taken. A socket that only waits for that is not active. */
  readonly writeQueueSize?: number;
}

/** As libuv sees them, with addresses, ports, process ids and the time until timers fire. */
function openHandles(): readonly Handle[] {
  const { libuv } = process.report.getReport() as { libuv: Handle[] };
  return libuv.filter(
    ({ is_active, is_referenced, writeQueueSize = 0 }) => is_referenced && (is_active || writeQueueSize > 0),
  );
}
