import { closeSync, constants, existsSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../harness/free-port.ts';
import { until } from '../harness/until.ts';
import { hearing } from './hearing.ts';
import { launch, type Peer, peerFolder } from './peer.ts';
import { PACKET, pitchOf, samplesOf } from './tone.ts';

const { O_WRONLY, O_NONBLOCK } = constants;
const PACKET_MS = 20;
/** No phone has opened the pipe; the phone has closed it; the phone does not read it any more. */
const NOBODY_READS = ['ENXIO', 'EPIPE', 'EAGAIN'];

export interface TwinkleOptions {
  readonly name: string;
  /** What it says: a tone of so many hertz, 440 by default. */
  readonly tone?: number;
}

/** A twinkle that answers by itself: it says a tone, and keeps what it hears. */
export interface Twinkle extends Peer {
  readonly uri: string;
  /** Waits until it hears a tone of so many hertz. */
  hears(pitch: number): Promise<unknown>;
  /** Waits until its first call is over. */
  closed(): Promise<unknown>;
}

/** Starts a phone with PCMA and PCMU, and ends it after the file's last test. */
export async function startTwinkle({ name, tone = 440 }: TwinkleOptions): Promise<Twinkle> {
  const folder = peerFolder(name);
  const port = await freePorts(10);
  const [voice, recording] = [join(folder, 'voice'), join(folder, 'heard.wav')];
  mkdirSync(join(folder, '.twinkle'));
  writeFileSync(join(folder, '.twinkle/twinkle.sys'), systemSettings(port));
  writeFileSync(join(folder, '.twinkle/phone.cfg'), userProfile(name));
  writeFileSync(join(folder, '.twinkle/phone.svc'), 'auto_answer=yes\n');
  writeFileSync(join(folder, '.asoundrc'), soundDevices(voice, recording));
  const peer = await launch({
    command: 'sh',
    // its input never ends
    args: ['-c', `mkfifo input ${voice} && exec twinkle-console phone.cfg 0<>input`],
    folder,
    isReady: (output) => output.includes('Twinkle>'),
  });
  void peer.ended.then(speak(voice, tone));
  const heard = () => (existsSync(recording) ? pitchOf(recording) : 0);
  return {
    ...peer,
    uri: `sip:${name}@127.0.0.1:${port}`,
    hears: (pitch) => hearing(name, pitch, heard, peer.output),
    closed: () => until(`the call of ${name} is over`, () => peer.output().includes('far end ended call')),
    // it reads its terminal and does not heed signals meanwhile
    stop: peer.kill,
  };
}

/** Writes a tone to a pipe in real time, whenever a phone reads it. @returns a function that ends this */
function speak(pipe: string, hertz: number): () => void {
  const samples = samplesOf(hertz);
  let listener: { readonly fd: number; readonly since: number; packets: number } | undefined;

  function leave(): void {
    if (listener) closeSync(listener.fd);
    listener = undefined;
  }

  function say(): void {
    listener ??= { fd: openSync(pipe, O_WRONLY | O_NONBLOCK), since: performance.now(), packets: 0 };
    for (; listener.packets * PACKET_MS <= performance.now() - listener.since; listener.packets++) {
      const at = (listener.packets * PACKET) % samples.length;
      writeSync(listener.fd, samples, at, PACKET);
    }
  }

  const timer = setInterval(() => {
    try {
      say();
    } catch (error) {
      if (!NOBODY_READS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      leave();
    }
  }, PACKET_MS).unref();
  return () => {
    clearInterval(timer);
    leave();
  };
}

/**
 * For ALSA, which twinkle uses. A file device of ALSA has no clock, but twinkle needs one: the pipe that it hears is written in real time, and
 * what it plays comes in packets. (With PulseAudio, its microphone stayed silent in one call of twelve.)
 */
function soundDevices(voice: string, recording: string): string {
  const file = (options: string) => `{ type file slave.pcm null ${options} }`;
  return [
    `pcm.microphone ${file(`file /dev/null infile "${voice}" format raw`)}`,
    `pcm.loudspeaker ${file(`file "${recording}" format wav`)}`,
    '',
  ].join('\n');
}

function systemSettings(port: number): string {
  return [
    ...['dev_ringtone=alsa:null', 'dev_speaker=alsa:loudspeaker', 'dev_mic=alsa:microphone'],
    'validate_audio_dev=no',
    ...[`sip_port=${port}`, `rtp_port=${port + 2}`],
    ...['play_ringtone=no', 'play_ringback=no'],
    '',
  ].join('\n');
}

function userProfile(name: string): string {
  return [
    ...[`user_name=${name}`, 'user_domain=127.0.0.1'],
    'codecs=g711a,g711u',
    ...['register_at_startup=no', 'pres_publish_startup=no'],
    '',
  ].join('\n');
}
