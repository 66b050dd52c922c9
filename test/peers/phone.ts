import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../harness/free-port.ts';
import { until } from '../harness/until.ts';
import type { Certificate } from './certificate.ts';
import { hearing } from './hearing.ts';
import { launch, type Peer, peerFolder } from './peer.ts';
import { controlPhone, type PhoneControl, type PhoneEvent } from './phone-control.ts';
import { packetsIn, pitchOf, writeTone } from './tone.ts';

const RTP_PORTS = 40;
const G711 = ['PCMU/8000/1', 'PCMA/8000/1'];

export interface PhoneOptions {
  /** Its user name: in its address, and at its registrar. */
  readonly name: string;
  /** Whether it answers by itself; otherwise it rings until `answer`. By default it does. */
  readonly autoAnswer?: boolean;
  /** What it says: a tone of so many hertz, 440 by default. */
  readonly tone?: number;
  /** `host:port` where it registers; without, it is called at its own address. */
  readonly registrar?: string;
  readonly password?: string;
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /** For the transport `tls`. */
  readonly certificate?: Certificate;
  /** Its codecs, as baresip writes them: `PCMU/8000/1`. By default PCMU and PCMA. Opus has a tone only without others. */
  readonly codecs?: readonly string[];
  /** `srtp` offers keys and talks without; `srtp-mand` and `dtls_srtp` require encryption. None by default. */
  readonly encryption?: 'srtp' | 'srtp-mand' | 'dtls_srtp';
  /** The first of its ports; free ones by default. */
  readonly port?: number;
  /** Whether it uses ICE. */
  readonly ice?: boolean;
}

/** RTP packets, of 20 ms each. */
export interface RtpCount {
  readonly sent: number;
  readonly received: number;
}

/** A baresip softphone without sound card: it says a tone, and keeps what it hears. */
export interface Phone extends Peer, Pick<PhoneControl, 'command'> {
  readonly name: string;
  /** Where it is called: at its registrar, or at its own address. */
  readonly uri: string;
  readonly events: readonly PhoneEvent[];
  saw(type: string): boolean;
  /** Waits until there have been so many events of a type, and gives back the last of them. */
  until(type: string, count?: number): Promise<PhoneEvent>;
  answer(): Promise<string>;
  hangUp(): Promise<string>;
  hold(): Promise<string>;
  resume(): Promise<string>;
  dial(uri: string): Promise<string>;
  /** The pitch that it has heard last, in hertz; 0 when nothing. */
  heard(): number;
  /** Waits until it hears a tone of so many hertz. */
  hears(pitch: number): Promise<unknown>;
  /** Of the call that goes on; after it, of what was said and heard since it was last put through. */
  rtp(): Promise<RtpCount>;
}

/** Starts a phone, registers it where it has a registrar, and ends it after the file's last test. */
export async function startPhone(options: PhoneOptions): Promise<Phone> {
  const { name, transport = 'udp', registrar } = options;
  const folder = peerFolder(name);
  const port = options.port ?? (await freePorts(3 + RTP_PORTS));
  const [tlsPort, controlPort] = [port + 1, port + 2]; // baresip takes the port after its own for TLS
  const own = `127.0.0.1:${transport === 'tls' ? tlsPort : port}`;
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  const uri = `sip:${name}@${registrar ?? own}${parameter}`;

  writeTone(join(folder, 'tone.wav'), options.tone ?? 440);
  writeFileSync(join(folder, 'config'), phoneConfig(folder, port, controlPort, options));
  writeFileSync(join(folder, 'accounts'), `${account(uri, options)}\n`);
  writeFileSync(join(folder, 'contacts'), '');

  const peer = await launch({
    command: 'baresip',
    args: ['-f', folder],
    folder,
    isReady: (output) => output.includes('baresip is ready') && (!registrar || isRegistered(output)),
    hasFailed: (output) => registrar !== undefined && isRefused(output),
  });
  const events: PhoneEvent[] = [];
  const control = await controlPhone(controlPort, (event) => events.push(event));
  /** The last file of what it has said or heard; undefined when it has not. */
  const recording = (which: 'enc' | 'dec') =>
    globSync(join(folder, `dump-*-${which}.wav`))
      .sort()
      .at(-1);
  const heard = () => pitchOf(recording('dec'));
  return {
    ...peer,
    name,
    uri,
    events,
    command: control.command,
    saw: (type) => events.some((event) => event.type === type),
    until: (type, count = 1) =>
      until(
        `${count} × ${type} at the phone ${name}`,
        () => events.filter((event) => event.type === type)[count - 1],
      ),
    answer: () => control.command('accept'),
    hangUp: () => control.command('hangup'),
    hold: () => control.command('hold'),
    resume: () => control.command('resume'),
    dial: (callee) => control.command('dial', callee),
    heard,
    hears: (pitch) => hearing(name, pitch, heard),
    rtp: async () =>
      countRtp(await control.command('audio_debug')) ?? {
        sent: packetsIn(recording('enc')),
        received: packetsIn(recording('dec')),
      },
    kill: async () => {
      control.close();
      await peer.kill();
    },
    stop: async () => {
      control.close();
      await peer.stop();
    },
  };
}

function phoneConfig(
  folder: string,
  port: number,
  controlPort: number,
  { tone = 440, certificate, codecs, encryption, ice }: PhoneOptions,
): string {
  const tls = certificate
    ? [`sip_certificate ${certificate.bundleFile}`, `sip_cafile ${certificate.certFile}`]
    : [];
  // baresip reads no file at the rate of Opus, and generates no tone at another one
  const source = codecs?.some((codec) => codec.startsWith('opus'))
    ? [`audio_source ausine,${tone}`]
    : [`audio_source aufile,${join(folder, 'tone.wav')}`, 'ausrc_srate 8000'];
  const modules = [
    ...['g711', 'g722', 'opus', 'aufile', 'ausine', 'sndfile'],
    ...(encryption ? [encryption.replace('-mand', '')] : []),
    ...(ice ? ['ice'] : []),
  ].map((module) => `module ${module}.so`);
  return [
    'module_path /usr/lib/baresip/modules',
    `sip_listen 127.0.0.1:${port}`,
    'net_interface 127.0.0.1',
    ...tls,
    ...source,
    'audio_alert aufile,/dev/null',
    'audio_channels 1',
    `rtp_ports ${port + 4}-${port + 2 + RTP_PORTS}`,
    'call_max_calls 4',
    ...modules,
    `snd_path ${folder}`,
    'module_tmp account.so',
    'module_app menu.so',
    'module_app debug_cmd.so',
    'module_app ctrl_tcp.so',
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    '',
  ].join('\n');
}

function account(
  uri: string,
  { name, autoAnswer = true, registrar, password, codecs = G711, encryption, ice }: PhoneOptions,
): string {
  const registers = registrar ? `;auth_user=${name};auth_pass=${password ?? ''};regint=60` : ';regint=0';
  return [
    `<${uri}>${registers}`,
    `answermode=${autoAnswer ? 'auto' : 'manual'}`,
    `audio_codecs=${codecs.join(',')}`,
    ...(encryption ? [`mediaenc=${encryption}`] : []),
    ...(ice ? ['medianat=ice'] : []),
  ].join(';');
}

function isRegistered(output: string): boolean {
  return /\[\d+ bindings?\]/.test(output);
}

function isRefused(output: string): boolean {
  return /reg: sip:.*: [45]\d\d [A-Z]/.test(output);
}

/** From baresip's words about the audio of a call; undefined when there is no call. */
function countRtp(words: string): RtpCount | undefined {
  const sent = /TX: packets=(\d+)/.exec(words)?.[1];
  if (sent === undefined) return undefined;
  const received = [...words.matchAll(/\brcvd=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  return { sent: Number(sent), received };
}
