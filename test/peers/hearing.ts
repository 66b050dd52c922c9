import { until } from '../harness/until.ts';

/** How much a pitch may differ, in hertz. */
const TUNED = 20;

/**
 * Waits until a phone hears a tone of so many hertz.
 * @param heard what it hears now, in hertz
 * @param words for the message of the failure: what else the phone says
 */
export function hearing(
  name: string,
  pitch: number,
  heard: () => number,
  words = () => '',
): Promise<unknown> {
  return until(
    () => `${name} hears ${pitch} Hz, but ${heard()} Hz ${words()}`,
    () => Math.abs(heard() - pitch) < TUNED,
  );
}
