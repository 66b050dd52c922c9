import type { Call } from '../core/calls/call.ts';
import type { Cancel } from '../platform/clock.ts';
import type { CarriedCall, Carrier, CarrierParts, Recording } from './carrier.ts';
import { phoneOf, type Step } from './simulated-phones.ts';
import { toneAsWav } from './tone.ts';

export const SIMULATOR = 'simulator';

/** Phones that nobody hears: they behave by the callee's number, so that everything that can happen to a call can be had. */
export function createSimulator({ clock, report }: Pick<CarrierParts, 'clock' | 'report'>): Carrier {
  const waiting = new Map<string, Cancel>();

  function play(call: CarriedCall, [step, ...rest]: readonly Step[]): void {
    if (!step) return;
    const seconds = step.after === 'ringTimeout' ? call.ringTimeout : step.after;
    waiting.set(
      call.id,
      clock.after(seconds * 1000, () => {
        waiting.delete(call.id);
        play(call, rest);
        report(call.id, step.progress);
      }),
    );
  }

  function forget(callId: string): void {
    waiting.get(callId)?.();
    waiting.delete(callId);
  }

  return {
    name: SIMULATOR,
    records: true,
    costs: false,
    originate: (call) => play(call, phoneOf(call.callee).steps),
    hangUp: forget,
    letGo: forget,
    reconcile(calls) {
      for (const call of calls) {
        const { steps } = phoneOf(call.callee);
        play(call, steps.slice(steps.findIndex(({ progress }) => progress.state === call.state) + 1));
      }
    },
    releaseLeftOvers: async () => {},
    findRecording: async (call: Call): Promise<Recording | undefined> =>
      call.endedAt === null
        ? undefined
        : { content: toneAsWav(), contentType: 'audio/wav', generatedAt: call.endedAt },
    async close() {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };
}
