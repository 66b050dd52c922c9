import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../harness/free-port.ts';
import { until } from '../harness/until.ts';
import { hearing } from './hearing.ts';
import { launch, type Peer, peerFolder } from './peer.ts';
import { pitchOf } from './tone.ts';

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

/** Starts a phone with PCMA and PCMU, and ends it after the file's last test. Its sound card is a PulseAudio of its own. */
export async function startTwinkle({ name, tone = 440 }: TwinkleOptions): Promise<Twinkle> {
  const folder = peerFolder(name);
  const port = await freePorts(10);
  const recording = join(folder, 'heard.wav');
  const socket = join(folder, 'sound');
  mkdirSync(join(folder, '.twinkle'));
  writeFileSync(join(folder, '.twinkle/twinkle.sys'), systemSettings(port));
  writeFileSync(join(folder, '.twinkle/phone.cfg'), userProfile(name));
  writeFileSync(join(folder, '.twinkle/phone.svc'), 'auto_answer=yes\n');
  writeFileSync(join(folder, '.asoundrc'), soundDevices(socket, recording));
  const card = await startSoundCard(folder, socket, tone);
  const peer = await launch({
    command: 'sh',
    // its input never ends; samples come every 20 ms, as RTP packets do: PulseAudio would keep them for 2 s
    args: ['-c', 'mkfifo input && PULSE_LATENCY_MSEC=20 exec twinkle-console phone.cfg 0<>input'],
    folder,
    isReady: (output) => output.includes('Twinkle>'),
  });
  const heard = () => (existsSync(recording) ? pitchOf(recording) : 0);
  return {
    ...peer,
    uri: `sip:${name}@127.0.0.1:${port}`,
    hears: (pitch) => hearing(name, pitch, heard, peer.output),
    closed: () => until(`the call of ${name} is over`, () => peer.output().includes('far end ended call')),
    // it reads its terminal and does not heed signals meanwhile
    stop: async () => {
      await peer.kill();
      await card.stop();
    },
  };
}

/** A loudspeaker, and a voice that says a tone, both in real time, which ALSA's own files lack. */
function startSoundCard(folder: string, socket: string, tone: number): Promise<Peer> {
  const modules = [
    ...['loudspeaker', 'voice'].map((sink) => `module-null-sink sink_name=${sink} rate=8000 channels=1`),
    `module-sine sink=voice frequency=${tone}`,
    `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
  ];
  return launch({
    command: 'env',
    args: [
      `PULSE_RUNTIME_PATH=${join(folder, 'pulse')}`,
      ...['pulseaudio', '-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm'],
      ...modules.flatMap((module) => ['--load', module]),
    ],
    folder,
    isReady: () => existsSync(socket),
  });
}

/** For ALSA, which twinkle uses. */
function soundDevices(socket: string, recording: string): string {
  const device = (name: string) => `{ type pulse server "unix:${socket}" device "${name}" }`;
  return [
    `pcm.microphone ${device('voice.monitor')}`,
    `pcm.sink ${device('loudspeaker')}`,
    `pcm.loudspeaker { type file slave.pcm sink file "${recording}" format wav }`,
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
