import { readFileSync, statSync, writeFileSync } from 'node:fs';

const RATE = 8_000;
const SECONDS = 60;
const HEADER = 44;
const SILENCE = 200;
const PACKET = RATE * 2 * 0.02;

/** Writes a WAV file of one minute of a tone: 8 kHz, mono, 16 bits. */
export function writeTone(path: string, hertz: number): void {
  const length = RATE * SECONDS * 2;
  const wave = Buffer.alloc(HEADER + length);
  wave.write('RIFF', 0);
  wave.writeUInt32LE(HEADER - 8 + length, 4);
  wave.write('WAVEfmt ', 8);
  wave.writeUInt32LE(16, 16); // bytes of what follows, up to the data
  wave.writeUInt16LE(1, 20); // linear samples
  wave.writeUInt16LE(1, 22); // channels
  wave.writeUInt32LE(RATE, 24);
  wave.writeUInt32LE(RATE * 2, 28); // bytes a second
  wave.writeUInt16LE(2, 32); // bytes a sample
  wave.writeUInt16LE(16, 34); // bits a sample
  wave.write('data', 36);
  wave.writeUInt32LE(length, 40);
  for (let sample = 0; sample < RATE * SECONDS; sample++) {
    wave.writeInt16LE(
      Math.round(8_000 * Math.sin((2 * Math.PI * hertz * sample) / RATE)),
      HEADER + sample * 2,
    );
  }
  writeFileSync(path, wave);
}

/** The pitch of the last second in such a file, in hertz, by its zero crossings; 0 for silence. */
export function pitchOf(path: string | undefined): number {
  if (path === undefined) return 0;
  const wave = readFileSync(path).subarray(HEADER);
  const samples = Math.floor(wave.length / 2);
  const from = Math.max(0, samples - RATE);
  let crossings = 0;
  let sign = 0;
  for (let sample = from; sample < samples; sample++) {
    const value = wave.readInt16LE(sample * 2);
    if (Math.abs(value) < SILENCE) continue;
    if (sign !== 0 && Math.sign(value) !== sign) crossings++;
    sign = Math.sign(value);
  }
  return samples === from ? 0 : Math.round((crossings / 2 / (samples - from)) * RATE);
}

/** How many RTP packets of 20 ms such a file holds. */
export function packetsIn(path: string | undefined): number {
  return path === undefined ? 0 : Math.floor((statSync(path).size - HEADER) / PACKET);
}
