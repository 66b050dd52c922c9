import type { Call } from '../core/calls/call.ts';
import type { Recording } from '../core/calls/recording.ts';
import type { Cancel } from '../platform/clock.ts';
import type { CarriedCall, Carrier, CarrierDeps } from './carrier.ts';
import { phoneOf, type Step } from './simulated-phones.ts';
import { toneAsWav } from './tone.ts';

export const SIMULATOR = 'simulator';

/** Simulated phones. The callee's number decides how they behave, so that every outcome of a call can be produced. */
export function createSimulator({ clock, report }: Pick<CarrierDeps, 'clock' | 'report'>): Carrier {
  const timers = new Map<string, Cancel>();

  function play(call: CarriedCall, [step, ...rest]: readonly Step[]): void {
    if (!step) return;
    const seconds = step.after === 'ringTimeout' ? call.ringTimeout : step.after;
    timers.set(
      call.id,
      clock.after(seconds * 1000, () => {
        timers.delete(call.id);
        play(call, rest);
        report(call.id, step.progress);
      }),
    );
  }

  function forget(callId: string): void {
    timers.get(callId)?.();
    timers.delete(callId);
  }

  return {
    name: SIMULATOR,
    records: true,
    costs: false,
    originate: (call) => play(call, phoneOf(call.callee).steps),
    hangUp: forget,
    handOver: forget,
    reconcile(calls) {
      for (const call of calls) {
        const { steps } = phoneOf(call.callee);
        play(call, steps.slice(steps.findIndex(({ progress }) => progress.state === call.state) + 1));
      }
    },
    releaseOrphans: async () => {},
    findRecording: async (call: Call): Promise<Recording | undefined> =>
      call.endedAt === null
        ? undefined
        : { content: toneAsWav(), contentType: 'audio/wav', generatedAt: call.endedAt },
    async close() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
