import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { afterFile } from '../harness/clean-up.ts';

export interface LossyRelay {
  readonly port: number;
  /** How many datagrams were lost. */
  readonly lost: () => number;
}

/** Relays whole dialogs between a user agent and one phone, and loses a share of the datagrams in both directions. */
export async function startLossyRelay(phonePort: number, share: number): Promise<LossyRelay> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterFile(() => socket.close());
  let agent: RemoteInfo | undefined;
  let lost = 0;
  socket.on('message', (data, from) => {
    const fromPhone = from.port === phonePort;
    if (!fromPhone && data.toString().trim() !== '') agent = from;
    if (Math.random() < share) lost++;
    else
      socket.send(
        withRecordRoute(data.toString()),
        fromPhone ? (agent?.port ?? phonePort) : phonePort,
        '127.0.0.1',
      );
  });
  const withRecordRoute = (raw: string) =>
    raw.replace(/^(INVITE .*\r\n)/, `$1Record-Route: <sip:127.0.0.1:${socket.address().port};lr>\r\n`);
  return { port: socket.address().port, lost: () => lost };
}
