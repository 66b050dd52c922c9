import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const CLOSING_MS = 10_000;

/**
 * Fails if this process still has open sockets, servers, timers or child processes, which would keep it running, and names them.
 * What was just closed has some seconds to end.
 */
export async function assertNothingOpen(): Promise<void> {
  const deadline = performance.now() + CLOSING_MS;
  for (;;) {
    const open = openHandles();
    if (open.length === 0) return;
    if (performance.now() > deadline) assert.fail(`still open: ${JSON.stringify(open, null, 2)}`);
    await sleep(1);
  }
}

/** As libuv sees them, with addresses, ports, process ids and the time until timers fire. */
export function openHandles(): unknown[] {
  const { libuv } = process.report.getReport() as {
    libuv: { is_active?: boolean; is_referenced?: boolean }[];
  };
  return libuv.filter((handle) => handle.is_active && handle.is_referenced);
}
