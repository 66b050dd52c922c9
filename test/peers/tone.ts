import { readFileSync, statSync, writeFileSync } from 'node:fs';

const RATE = 8_000;
const SECONDS = 60;
const HEADER = 44;
const SILENCE = 200;
/** Bytes of 20 ms. */
export const PACKET = RATE * 2 * 0.02;

/** One minute of a tone: 8 kHz, mono, 16 bits. */
export function samplesOf(hertz: number): Buffer {
  const samples = Buffer.alloc(RATE * SECONDS * 2);
  for (let at = 0; at < RATE * SECONDS; at++)
    samples.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * hertz * at) / RATE)), at * 2);
  return samples;
}

/** Writes a WAV file of one minute of a tone. */
export function writeTone(path: string, hertz: number): void {
  const samples = samplesOf(hertz);
  const header = Buffer.alloc(HEADER);
  header.write('RIFF', 0);
  header.writeUInt32LE(HEADER - 8 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16); // bytes of what follows, up to the data
  header.writeUInt16LE(1, 20); // linear samples
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28); // bytes a second
  header.writeUInt16LE(2, 32); // bytes a sample
  header.writeUInt16LE(16, 34); // bits a sample
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  writeFileSync(path, Buffer.concat([header, samples]));
}

/**
 * The pitch of the last second in a WAV file of 16 bits, in hertz; 0 for silence. It is that of the middle one of all half waves, so
 * that gaps, which a busy machine makes, do not lower it.
 */
export function pitchOf(path: string | undefined): number {
  if (path === undefined) return 0;
  const file = readFileSync(path);
  if (file.length < HEADER) return 0;
  // linphone writes the header at the end
  const [channels, rate] = [file.readUInt16LE(22) || 1, file.readUInt32LE(24) || RATE];
  const wave = file.subarray(HEADER);
  const count = Math.floor(wave.length / 2 / channels);
  const samples = Array.from({ length: Math.min(count, rate) }, (_, at) =>
    wave.readInt16LE(2 * channels * (Math.max(0, count - rate) + at)),
  );
  const halves = halfWaves(samples).sort((a, b) => a - b);
  const middle = halves[Math.floor(halves.length / 2)];
  return middle === undefined ? 0 : Math.round(rate / 2 / middle);
}

/** Between two zero crossings, in samples. */
function halfWaves(samples: readonly number[]): number[] {
  const lengths: number[] = [];
  let [crossed, loudest, before] = [0, 0, 0];
  for (const [at, sample] of samples.entries()) {
    if (before < 0 !== sample < 0) {
      const crossing = at - sample / (sample - before);
      if (loudest > SILENCE) lengths.push(crossing - crossed);
      [crossed, loudest] = [crossing, 0];
    }
    loudest = Math.max(loudest, Math.abs(sample));
    before = sample;
  }
  return lengths;
}

/** How many RTP packets of 20 ms such a file holds. */
export function packetsIn(path: string | undefined): number {
  return path === undefined ? 0 : Math.floor((statSync(path).size - HEADER) / PACKET);
}
