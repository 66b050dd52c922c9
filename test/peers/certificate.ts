import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peerFolder } from './peer.ts';

/** A key and a certificate of loopback that signs itself, in PEM, and the files that hold them. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Both in one file, as some want it. */
  readonly bundleFile: string;
}

export function makeCertificate(): Certificate {
  const folder = peerFolder('certificate');
  const file = (name: string) => join(folder, name);
  const [certFile, keyFile, bundleFile] = [file('cert.pem'), file('key.pem'), file('bundle.pem')];
  const asked =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  execFileSync('openssl', [...asked.split(' '), '-addext', names, '-keyout', keyFile, '-out', certFile], {
    stdio: 'pipe',
  });
  const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
  writeFileSync(bundleFile, cert + key);
  return { cert, key, certFile, keyFile, bundleFile };
}
