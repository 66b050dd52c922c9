import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterFile } from './clean-up.ts';

export interface SipPhone {
  /** Environment of a server whose calls all go to this phone. */
  readonly env: Readonly<Record<string, string>>;
  /** The called names, in order. */
  readonly called: readonly string[];
}

/** A phone for all names that is always busy, or rings until the INVITE is cancelled. */
export async function startPhone(does: 'busy' | 'ringing'): Promise<SipPhone> {
  const socket = createSocket('udp4');
  const names = new Map<string, string>();
  const invitations = new Map<string, readonly string[]>();
  const answers: Readonly<Record<string, (headers: readonly string[]) => readonly string[][]>> = {
    INVITE: (headers) => [[does === 'busy' ? '486 Busy Here' : '180 Ringing', ...headers]],
    CANCEL: (headers) => [
      ['200 OK', ...headers],
      ['487 Request Terminated', ...(invitations.get(callId(headers)) ?? [])],
    ],
  };

  socket.on('message', (message, { port, address }) => {
    const [request = '', ...head] = message.toString().split('\r\n');
    const [, method = '', name = ''] = /^(\w+) sip:([^@]*)@/.exec(request) ?? [];
    const headers = head
      .filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
      .map((line) => (/^To:/i.test(line) ? `${line};tag=phone` : line));
    if (method === 'INVITE') {
      names.set(callId(headers), name);
      invitations.set(callId(headers), headers);
    }
    for (const answer of answers[method]?.(headers) ?? [])
      socket.send(
        ['SIP/2.0 '.concat(answer[0] ?? ''), ...answer.slice(1), 'Content-Length: 0', '', ''].join('\r\n'),
        port,
        address,
      );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterFile(() => socket.close());
  return {
    env: {
      CARRIER: 'sip',
      SIP_LISTEN: 'udp:127.0.0.1:0',
      SIP_PROXY: `sip:127.0.0.1:${socket.address().port}`,
    },
    get called() {
      return [...names.values()];
    },
  };
}

function callId(headers: readonly string[]): string {
  return headers.find((line) => /^Call-ID:/i.test(line)) ?? '';
}
