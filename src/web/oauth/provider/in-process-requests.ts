import type { IncomingMessage } from 'node:http';

const inProcess = new WeakSet<IncomingMessage>();

/**
 * Turns a request into a GET that a route of ours passes to the provider in place of the one that arrived. The provider reads method
 * and URL from the raw request. No client can send one.
 */
export function toInProcessGet(request: IncomingMessage, address: string): IncomingMessage {
  inProcess.add(request);
  return Object.assign(request, { method: 'GET', url: address });
}

export function isInProcess(request: IncomingMessage): boolean {
  return inProcess.has(request);
}
