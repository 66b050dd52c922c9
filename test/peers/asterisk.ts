import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterFile } from '../harness/clean-up.ts';
import { freePorts, isTaken } from '../harness/free-port.ts';
import { until } from '../harness/until.ts';
import {
  ARI_PASSWORD,
  ARI_USER,
  type AsteriskPorts,
  type AsteriskSetup,
  asteriskFiles,
  FOLDERS,
  RTP_PORTS,
} from './asterisk-files.ts';
import { type AsteriskPlace, findAsterisk } from './asterisk-place.ts';
import { launch, type Peer } from './peer.ts';

/** A real Asterisk on loopback, with nothing in it but what a test wrote for it. */
export interface Asterisk {
  /** Where it takes SIP, over UDP. */
  readonly sipPort: number;
  /** Of its manager interface, if the setup asks for one. */
  readonly managerPort: number;
  /** Of its REST interface. */
  readonly url: string;
  /** What makes a server use it, by an application of its own among those that others have in it. */
  env(app: string): Readonly<Record<string, string>>;
  /** Asks its REST interface. @throws Error with the answer where that is no success */
  ask<T>(method: string, path: string): Promise<T>;
  /** Of its process, while it runs. */
  pid(): number;
  /** The file of a recording, in this machine's file system. */
  recordingFile(name: string): string;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Brings it back after `kill`, with the same configuration and ports. */
  start(): Promise<void>;
}

/** Starts an Asterisk for a test file, and ends it after the file's last test. */
export async function startAsterisk(setup: AsteriskSetup): Promise<Asterisk> {
  const place = findAsterisk();
  if (!place) throw new Error('there is no Asterisk');
  const home = mkdtempSync(join(place.root, 'tmp', 'clicktocall-asterisk-'));
  const http = await freePorts(4 + (setup.rtpPorts ?? RTP_PORTS));
  const ports: AsteriskPorts = { http, sip: http + 1, manager: http + 2, rtp: http + 4 };
  const inside = join('/', home.slice(place.root.length));
  layOut(home, asteriskFiles(setup, ports, inside, place.modules));
  const asterisk = createAsterisk(() => run(place, inside, home, http), home, http);
  afterFile(async () => {
    await asterisk.kill();
    rmSync(home, { recursive: true, force: true });
  });
  await asterisk.start();
  return { ...asterisk, sipPort: ports.sip, managerPort: ports.manager };
}

function layOut(home: string, files: Readonly<Record<string, string>>): void {
  for (const name of FOLDERS) mkdirSync(join(home, name));
  mkdirSync(join(home, 'spool', 'recording'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, 'etc', name), text);
}

function run({ root }: AsteriskPlace, inside: string, home: string, http: number): Promise<Peer> {
  const args = ['asterisk', '-f', '-C', join(inside, 'etc/asterisk.conf')];
  const [command = '', ...rest] = root === '/' ? args : ['chroot', root, ...args];
  return launch({ command, args: rest, folder: home, isReady: () => isTaken(http, 'tcp') });
}

function createAsterisk(
  launchIt: () => Promise<Peer>,
  home: string,
  http: number,
): Omit<Asterisk, 'sipPort' | 'managerPort'> {
  const url = `http://127.0.0.1:${http}/ari`;
  const authorization = `Basic ${Buffer.from(`${ARI_USER}:${ARI_PASSWORD}`).toString('base64')}`;
  let peer: Peer | undefined;

  async function ask<T>(method: string, path: string): Promise<T> {
    const answer = await fetch(`${url}${path}`, { method, headers: { authorization } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  return {
    url,
    env: (app) => ({
      CARRIER: 'ari',
      ARI_URL: url,
      ARI_USERNAME: ARI_USER,
      ARI_PASSWORD,
      ARI_APP: app,
    }),
    ask,
    pid: () => peer?.pid ?? 0,
    recordingFile: (name) => join(home, 'spool', 'recording', `${name}.wav`),
    kill: async () => peer?.kill(),
    async start() {
      peer = await launchIt();
      await until('Asterisk is ready', () =>
        ask('GET', '/asterisk/ping').then(
          () => true,
          () => false,
        ),
      );
    },
  };
}
