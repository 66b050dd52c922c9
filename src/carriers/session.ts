import type { Carrier } from './carrier.ts';

export const SESSION = 'session';

/** No signalling: a call is a session that the application opens and ends. */
export const session: Carrier = {
  name: SESSION,
  records: false,
  costs: false,
  originate() {},
  hangUp() {},
  handOver() {},
  reconcile() {},
  releaseOrphans: async () => {},
  findRecording: async () => undefined,
  close: async () => {},
};
