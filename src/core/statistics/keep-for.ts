/** Asks once for all who ask within so many milliseconds, each key by itself; what failed is asked anew. */
export function keepFor<Key, Value>(
  milliseconds: number,
  ask: (key: Key) => Promise<Value>,
): (key: Key) => Promise<Value> {
  const kept = new Map<Key, { readonly answer: Promise<Value>; readonly until: number }>();
  return (key) => {
    const now = performance.now();
    const known = kept.get(key);
    if (known && known.until > now) return known.answer;
    const answer = ask(key);
    const entry = { answer, until: now + milliseconds };
    kept.set(key, entry);
    answer.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    return answer;
  };
}
