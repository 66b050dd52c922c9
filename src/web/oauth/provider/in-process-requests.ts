import type { IncomingMessage } from 'node:http';

const inProcess = new WeakSet<IncomingMessage>();

/** Marks a request that a route of ours passes to the provider in place of the one that arrived. No client can send one. */
export function markInProcess(request: IncomingMessage): void {
  inProcess.add(request);
}

export function isInProcess(request: IncomingMessage): boolean {
  return inProcess.has(request);
}
