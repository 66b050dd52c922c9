/** Caches the result of `load` by key, for some milliseconds. Does not cache failures. */
export function cacheFor<Key, Value>(
  milliseconds: number,
  load: (key: Key) => Promise<Value>,
): (key: Key) => Promise<Value> {
  const cache = new Map<Key, { readonly result: Promise<Value>; readonly until: number }>();
  return (key) => {
    const now = performance.now();
    const cached = cache.get(key);
    if (cached && cached.until > now) return cached.result;
    const result = load(key);
    const entry = { result, until: now + milliseconds };
    cache.set(key, entry);
    result.catch(() => {
      if (cache.get(key) === entry) cache.delete(key);
    });
    return result;
  };
}
