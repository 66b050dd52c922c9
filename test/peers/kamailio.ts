import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, isTaken } from '../harness/free-port.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { type KamailioOptions, kamailioConfig } from './kamailio-config.ts';
import { launch, type Peer, peerFolder } from './peer.ts';

/** A registrar and proxy. */
export interface Kamailio extends Peer {
  /** `host:port` for UDP and TCP. */
  readonly address: string;
  /** `host:port` for TLS. */
  readonly tlsAddress: string;
  readonly certificate: Certificate;
  /** How often a user has registered (or taken the registration back). */
  registrations(user: string): number;
}

export interface KamailioStart extends KamailioOptions {
  /** The first of two ports, to start again where one has been; free ones by default. */
  readonly port?: number;
  readonly certificate?: Certificate;
}

/** Starts Kamailio for UDP, TCP and TLS, and ends it after the file's last test. */
export async function startKamailio(options: KamailioStart = {}): Promise<Kamailio> {
  const { port = await freePorts(2), certificate = makeCertificate() } = options;
  const tlsPort = port + 1;
  const folder = peerFolder('kamailio');
  const config = join(folder, 'kamailio.cfg');
  writeFileSync(config, kamailioConfig(port, tlsPort, certificate, options));
  const peer = await launch({
    command: 'kamailio',
    args: ['-f', config, '-DD', '-E', '-m', '32', '-M', '4', '-Y', folder, '-P', join(folder, 'pid')],
    folder,
    isReady: () => isTaken(port, 'udp') && isTaken(tlsPort, 'tcp'),
  });
  return {
    ...peer,
    address: `127.0.0.1:${port}`,
    tlsAddress: `127.0.0.1:${tlsPort}`,
    certificate,
    registrations: (user) => peer.output().split(`registered ${user}\n`).length - 1,
  };
}
