import type { Socket } from 'node:net';

/** The open connections of a node, by whom they lead to. */
export class Connections {
  readonly #forRequests = new Map<string, Socket>();
  readonly #byPeer = new Map<string, Set<Socket>>();

  /**
   * Keeps a connection until it is closed.
   * @param peer its address and port: all that is known of whom a response goes to
   * @param key whom it is good for: a certificate that was shown for one name is not so for another
   */
  add(socket: Socket, peer: string, key: string): void {
    const same = this.#byPeer.get(peer) ?? new Set();
    this.#byPeer.set(peer, same.add(socket));
    this.#forRequests.set(key, socket);
    socket.on('close', () => {
      if (this.#forRequests.get(key) === socket) this.#forRequests.delete(key);
      same.delete(socket);
      if (same.size === 0) this.#byPeer.delete(peer);
    });
  }

  /** One that requests can be sent on. */
  forRequests(key: string): Socket | undefined {
    const socket = this.#forRequests.get(key);
    return socket?.writable ? socket : undefined;
  }

  /** One that a request came on, whoever opened it. */
  forResponses(peer: string): Socket | undefined {
    return [...(this.#byPeer.get(peer) ?? [])].find((socket) => socket.writable);
  }
}
