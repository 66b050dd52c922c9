import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterFile } from '../harness/clean-up.ts';
import { until } from '../harness/until.ts';

export interface MessageOptions {
  readonly tag?: string;
  readonly headers?: readonly string[];
  readonly sdp?: string;
  /** The value of Contact; the phone's own address by default. */
  readonly contact?: string;
}

export const PHONE_SDP = [
  ...['v=0', 'o=phone 7 7 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
  ...['m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', ''],
].join('\r\n');

/** A phone over UDP. The test composes each of its messages, and can send what no good phone would. */
export class RawPhone {
  readonly #socket: Socket;
  readonly #received: string[] = [];
  /** Where each message came from. */
  readonly #senders = new Map<string, RemoteInfo>();
  #lastSender: RemoteInfo | undefined;
  #taken = 0;
  #sequence = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (data, from) => {
      const raw = data.toString();
      if (raw.trim() === '') return; // a probe of this port, from another one
      this.#lastSender = from;
      this.#senders.set(raw, from);
      // on a busy machine, T1 may pass before the test answers
      const repeated = !/^(ACK|SIP)/.test(raw) && this.#received.includes(raw);
      if (!repeated) this.#received.push(raw);
    });
  }

  static async start(): Promise<RawPhone> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    afterFile(() => socket.close());
    return new RawPhone(socket);
  }

  get uri(): string {
    return `sip:phone@127.0.0.1:${this.#socket.address().port}`;
  }

  get received(): readonly string[] {
    return this.#received;
  }

  /** The next message with this beginning, after those that were returned before. */
  next(beginning: string): Promise<string> {
    return until(`${beginning} at the phone`, () => {
      const index = this.#received.findIndex((raw, at) => at >= this.#taken && raw.startsWith(beginning));
      if (index < 0) return undefined;
      this.#taken = index + 1;
      return this.#received[index];
    });
  }

  send(raw: string, port = this.#lastSender?.port): void {
    this.#socket.send(raw, port, '127.0.0.1');
  }

  /** Answers a request that it received, where it came from. */
  respond(request: string, status: string, options: MessageOptions = {}): void {
    const { tag = 'phone', headers = [], sdp, contact = `<${this.uri}>` } = options;
    const to = field(request, 'To');
    this.send(
      compose(
        `SIP/2.0 ${status}`,
        [
          ...['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${field(request, name)}`),
          `To: ${/;tag=/.test(to) ? to : `${to};tag=${tag}`}`,
          `Contact: ${contact}`,
          ...headers,
        ],
        sdp,
      ),
      this.#senders.get(request)?.port,
    );
  }

  /** Cancels its last request. */
  cancel(invite: string, options: MessageOptions = {}): void {
    this.#sequence--;
    this.request('CANCEL', invite, options);
  }

  /** Sends a request within the dialog of the INVITE that it answered. @returns the request */
  request(method: string, invite: string, options: MessageOptions = {}): string {
    const { tag = 'phone', headers = [], sdp, contact = `<${this.uri}>` } = options;
    this.#sequence++;
    const port = this.#socket.address().port;
    const raw = compose(
      `${method} ${/<(.*)>/.exec(field(invite, 'Contact'))?.[1]} SIP/2.0`,
      [
        `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKphone${port}n${this.#sequence}`,
        `From: ${field(invite, 'To')};tag=${tag}`,
        `To: ${field(invite, 'From')}`,
        `Call-ID: ${field(invite, 'Call-ID')}`,
        `CSeq: ${method === 'ACK' ? --this.#sequence : this.#sequence} ${method}`,
        `Contact: ${contact}`,
        ...headers,
      ],
      sdp,
    );
    this.send(raw);
    return raw;
  }
}

export function field(raw: string, name: string): string {
  return new RegExp(`\\r\\n${name}: ([^\\r\\n]*)`, 'i').exec(raw)?.[1] ?? '';
}

/** The body of a message. */
export function bodyOf(raw: string): string {
  return raw.slice(raw.indexOf('\r\n\r\n') + 4);
}

function compose(start: string, headers: readonly string[], sdp = ''): string {
  const type = sdp === '' ? [] : ['Content-Type: application/sdp'];
  return [start, ...headers, ...type, `Content-Length: ${Buffer.byteLength(sdp)}`, '', sdp].join('\r\n');
}
