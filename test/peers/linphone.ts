import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../harness/free-port.ts';
import { until } from '../harness/until.ts';
import { hearing } from './hearing.ts';
import { launch, type Peer, peerFolder } from './peer.ts';
import { pitchOf, writeTone } from './tone.ts';

export interface LinphoneOptions {
  readonly name: string;
  /** What it says: a tone of so many hertz, 440 by default. */
  readonly tone?: number;
  /** None by default. */
  readonly encryption?: 'srtp' | 'dtls';
  /** Whether it refuses to talk without; otherwise it decides when a call begins. */
  readonly mandatory?: boolean;
}

/** A linphone without sound card that answers by itself: it says a tone, and keeps what it hears. */
export interface Linphone extends Peer {
  readonly uri: string;
  /** Waits until it hears a tone of so many hertz. */
  hears(pitch: number): Promise<unknown>;
  /** Waits until its first call is over. */
  closed(): Promise<unknown>;
}

/** Starts a phone, and ends it after the file's last test. It has PCMU and PCMA, and answers with one of them. */
export async function startLinphone(options: LinphoneOptions): Promise<Linphone> {
  const { name, tone = 440 } = options;
  const folder = peerFolder(name);
  const port = await freePorts(6);
  const [said, recording] = [join(folder, 'tone.wav'), join(folder, 'heard.wav')];
  writeTone(said, tone);
  writeFileSync(join(folder, 'config'), linphoneConfig(port, options));
  writeFileSync(
    join(folder, 'commands'),
    ['soundcard use files', `play ${said}`, `record ${recording}`, ''].join('\n'),
  );
  const peer = await launch({
    command: 'sh',
    // it ends when its input does
    args: ['-c', '(cat commands; exec tail -f /dev/null) | linphonec -c config -a'],
    folder,
    isReady: (output) => output.includes(`record ${recording}`),
  });
  const heard = () => (existsSync(recording) ? pitchOf(recording) : 0);
  return {
    ...peer,
    uri: `sip:${name}@127.0.0.1:${port}`,
    hears: (pitch) => hearing(name, pitch, heard, peer.output),
    closed: () => until(`the call of ${name} is over`, () => /Call \d+ with .* ended/.test(peer.output())),
  };
}

function linphoneConfig(port: number, { encryption, mandatory = false }: LinphoneOptions): string {
  return [
    '[sip]',
    ...[`sip_port=${port}`, 'sip_tcp_port=0', 'sip_tls_port=0', 'use_ipv6=0', 'bind_address=127.0.0.1'],
    ...[`media_encryption=${encryption ?? 'none'}`, `media_encryption_mandatory=${mandatory ? 1 : 0}`],
    ...['default_proxy=-1', 'only_one_codec=1'],
    '[rtp]',
    `audio_rtp_port=${port + 4}`,
    '[sound]',
    ...['playback_dev_id=', 'local_ring=', 'remote_ring='],
    '[storage]',
    'uri=null',
    '[misc]',
    'auto_net_state_mon=0',
    '[video]',
    ...['enabled=0', 'capture=0', 'display=0'],
    ...['PCMU', 'PCMA', 'opus', 'speex', 'G722', 'GSM'].flatMap((codec, index) => [
      `[audio_codec_${index}]`,
      ...[
        `mime=${codec}`,
        `rate=${codec === 'opus' ? 48_000 : 8_000}`,
        `channels=${codec === 'opus' ? 2 : 1}`,
      ],
      `enabled=${index < 2 ? 1 : 0}`,
    ]),
    '',
  ].join('\n');
}
