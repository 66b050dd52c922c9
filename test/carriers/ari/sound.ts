const HEADER_BYTES = 44;
const RATE = 8_000;

/**
 * How much of a tone is in a WAV file of 8 kHz, mono, 16 bits: the amplitude of its last second at that pitch (Goertzel's
 * algorithm), of 32,768 at most.
 */
export function strengthOf(hertz: number, wav: Buffer): number {
  const samples = Math.floor((wav.length - HEADER_BYTES) / 2);
  const from = Math.max(0, samples - RATE);
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / RATE);
  let [before, last] = [0, 0];
  for (let n = from; n < samples; n++) {
    [before, last] = [last, wav.readInt16LE(HEADER_BYTES + 2 * n) + coefficient * last - before];
  }
  const power = before ** 2 + last ** 2 - coefficient * before * last;
  return (2 * Math.sqrt(Math.max(0, power))) / Math.max(1, samples - from);
}
