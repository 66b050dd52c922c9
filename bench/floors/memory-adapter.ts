import type { Adapter, AdapterPayload } from 'oidc-provider';

/** Keeps everything, for as long as the process lives: the library's own adapter forgets all but the last thousand things. */
export function createMemoryAdapter(): Adapter {
  const kept = new Map<string, AdapterPayload>();
  return {
    upsert: async (id, payload) => {
      kept.set(id, payload);
    },
    find: async (id) => kept.get(id),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async (id) => {
      const payload = kept.get(id);
      if (payload) kept.set(id, { ...payload, consumed: Math.floor(Date.now() / 1000) });
    },
    destroy: async (id) => {
      kept.delete(id);
    },
    revokeByGrantId: async () => undefined,
  };
}
