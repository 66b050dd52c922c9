import type { Socket } from 'node:net';

/** The open connections of a node. */
export class Connections {
  readonly #forRequests = new Map<string, Socket>();
  readonly #byPeer = new Map<string, Set<Socket>>();

  /**
   * Keeps a connection until it closes.
   * @param peer its address and port: a response has nothing else to find it by
   * @param key which requests may use it: a certificate verified for one name is not valid for another
   */
  add(socket: Socket, peer: string, key: string): void {
    const toPeer = this.#byPeer.get(peer) ?? new Set();
    this.#byPeer.set(peer, toPeer.add(socket));
    this.#forRequests.set(key, socket);
    socket.on('close', () => {
      if (this.#forRequests.get(key) === socket) this.#forRequests.delete(key);
      toPeer.delete(socket);
      if (toPeer.size === 0) this.#byPeer.delete(peer);
    });
  }

  /** A connection that requests can be sent on. */
  forRequests(key: string): Socket | undefined {
    const socket = this.#forRequests.get(key);
    return socket?.writable ? socket : undefined;
  }

  /** A connection to a peer, whichever side opened it. */
  forResponses(peer: string): Socket | undefined {
    return [...(this.#byPeer.get(peer) ?? [])].find((socket) => socket.writable);
  }
}
