import { once } from 'node:events';
import { connect } from 'node:net';
import { ARI_PASSWORD, ARI_USER } from '../../test/peers/asterisk-files.ts';

/** A connection to the manager interface (AMI) of Asterisk, by which programs have Asterisk place calls itself. */
export interface AsteriskManager extends Disposable {
  /** Has a channel call a phone, and then run the dialplan. @param id unique; names the channel for `hangUp` */
  originate(id: string, channel: string, extension: string): void;
  hangUp(id: string): void;
}

/** The context of the dialplan for originated calls. */
export const CONTEXT = 'bench';

export async function connectManager(port: number): Promise<AsteriskManager> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true }).resume();
  await once(socket, 'connect');
  const send = (action: Readonly<Record<string, string>>) => {
    const lines = Object.entries(action).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`${lines.join('')}\r\n`);
  };
  send({ Action: 'Login', Username: ARI_USER, Secret: ARI_PASSWORD, Events: 'off' });
  return {
    originate(id, channel, extension) {
      send({
        ...{ Action: 'Originate', ChannelId: id, Channel: channel, Context: CONTEXT, Exten: extension },
        ...{ Priority: '1', Timeout: '60000', Async: 'true' },
      });
    },
    hangUp: (id) => send({ Action: 'Hangup', Channel: id }),
    [Symbol.dispose]: () => socket.destroy(),
  };
}
