import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What a phone tells of itself, such as `CALL_INCOMING` or `CALL_CLOSED`. */
export interface PhoneEvent {
  readonly type: string;
  readonly direction?: 'incoming' | 'outgoing';
  readonly peeruri?: string;
  /** Of CALL_CLOSED why, of CALL_REMOTE_SDP whether it is an offer or an answer. */
  readonly param?: string;
}

interface Response {
  readonly response: true;
  readonly ok: boolean;
  readonly data: string;
  readonly token: string;
}

/** The line to a phone: baresip's ctrl_tcp, netstrings of JSON. */
export interface PhoneControl {
  /** Runs one of baresip's commands, and gives back what it printed. */
  command(command: string, params?: string): Promise<string>;
  close(): void;
}

export async function controlPhone(port: number, heard: (event: PhoneEvent) => void): Promise<PhoneControl> {
  const socket: Socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const waiting = new Map<string, (data: string) => void>();
  let received = Buffer.alloc(0);
  let count = 0;

  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    for (let message = takeNetstring(); message !== undefined; message = takeNetstring()) {
      const said = JSON.parse(message) as PhoneEvent | Response;
      if (!('response' in said)) heard(said);
      else waiting.get(said.token)?.(said.data);
    }
  });
  socket.on('error', () => {}); // a phone that was killed

  function takeNetstring(): string | undefined {
    const colon = received.indexOf(':');
    const end = colon + 1 + Number(received.toString('latin1', 0, Math.max(colon, 0)));
    if (colon < 0 || received.length <= end) return undefined;
    const message = received.toString('utf8', colon + 1, end);
    received = received.subarray(end + 1);
    return message;
  }

  return {
    command: (command, params = '') =>
      new Promise((resolve, reject) => {
        const token = String(++count);
        const message = JSON.stringify({ command, params, token });
        const gone = () => reject(new Error(`the phone ended before it answered ${command}`));
        socket.once('close', gone);
        waiting.set(token, (data) => {
          waiting.delete(token);
          socket.off('close', gone);
          resolve(data);
        });
        socket.write(`${Buffer.byteLength(message)}:${message},`);
      }),
    close: () => socket.destroy(),
  };
}
