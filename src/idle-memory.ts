import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';

const LOOK_EVERY_MS = 500;
/** Of looks one after another, before the server counts as idle; a single busy one ends that. */
const IDLE_LOOKS = 10;
/** Of the time, that the event loop of a server that has next to nothing to do is busy. */
const IDLE_SHARE = 0.05;

/**
 * Has V8 give memory back while the server has little to do: by itself it keeps what a load or the start made it take. Under
 * load the same setting would double the processor time of a request, so it holds while idle alone.
 */
export function saveMemoryWhileIdle(): void {
  let before = performance.eventLoopUtilization();
  let idleLooks = 0;
  let saving = false;
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    idleLooks = performance.eventLoopUtilization(now, before).utilization < IDLE_SHARE ? idleLooks + 1 : 0;
    before = now;
    if (saving === idleLooks >= IDLE_LOOKS) return;
    saving = !saving;
    setFlagsFromString(saving ? '--memory-saver-mode' : '--no-memory-saver-mode');
  }, LOOK_EVERY_MS).unref();
}
