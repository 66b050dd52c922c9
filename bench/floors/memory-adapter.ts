import type { Adapter, AdapterPayload } from 'oidc-provider';

/** Keeps everything while the process runs. The library's own adapter keeps only the last 1,000 items. */
export function createMemoryAdapter(): Adapter {
  const stored = new Map<string, AdapterPayload>();
  return {
    upsert: async (id, payload) => {
      stored.set(id, payload);
    },
    find: async (id) => stored.get(id),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async (id) => {
      const payload = stored.get(id);
      if (payload) stored.set(id, { ...payload, consumed: Math.floor(Date.now() / 1000) });
    },
    destroy: async (id) => {
      stored.delete(id);
    },
    revokeByGrantId: async () => undefined,
  };
}
