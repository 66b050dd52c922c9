const RATE = 8_000;
const SECONDS = 1;
const HERTZ = 440;
const HEADER_BYTES = 44;

/** One second of 440 Hz as WAV: 8 kHz, mono, 8 bits per sample (RIFF, PCM format 1). */
export function toneAsWav(): Buffer {
  const samples = RATE * SECONDS;
  const wav = Buffer.alloc(HEADER_BYTES + samples);
  wav.write('RIFF', 0, 'ascii');
  wav.writeUInt32LE(HEADER_BYTES - 8 + samples, 4);
  wav.write('WAVEfmt ', 8, 'ascii');
  wav.writeUInt32LE(16, 16); // size of the format chunk
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22); // channels
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE, 28); // bytes a second
  wav.writeUInt16LE(1, 32); // bytes a sample
  wav.writeUInt16LE(8, 34); // bits a sample
  wav.write('data', 36, 'ascii');
  wav.writeUInt32LE(samples, 40);
  for (let i = 0; i < samples; i++) {
    wav[HEADER_BYTES + i] = 128 + Math.round(60 * Math.sin((2 * Math.PI * HERTZ * i) / RATE));
  }
  return wav;
}
