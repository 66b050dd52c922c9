import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { afterFile } from '../../../harness/clean-up.ts';

export interface LossyRelay {
  readonly port: number;
  /** Datagrams that went no further. */
  readonly lost: () => number;
}

/** Stands between a user agent and one phone, for whole dialogs, and loses a share of all datagrams, in both directions. */
export async function startLossyRelay(phonePort: number, share: number): Promise<LossyRelay> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterFile(() => socket.close());
  let agent: RemoteInfo | undefined;
  let lost = 0;
  socket.on('message', (data, from) => {
    const back = from.port === phonePort;
    if (!back && data.toString().trim() !== '') agent = from;
    if (Math.random() < share) lost++;
    else socket.send(staying(data.toString()), back ? (agent?.port ?? phonePort) : phonePort, '127.0.0.1');
  });
  const staying = (raw: string) =>
    raw.replace(/^(INVITE .*\r\n)/, `$1Record-Route: <sip:127.0.0.1:${socket.address().port};lr>\r\n`);
  return { port: socket.address().port, lost: () => lost };
}
