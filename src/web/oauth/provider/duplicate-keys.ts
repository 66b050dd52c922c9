/** A string, followed by a colon if it is the name of a member; or the start or the end of an object. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

/**
 * Finds a name that an object of a JSON text has twice. Readers disagree about which of the values holds (RFC 8259 section 4).
 * @param text valid JSON
 */
export function findDuplicateKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (const [token, name, colon] of text.matchAll(TOKEN)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (name !== undefined && colon !== undefined) {
      const key = JSON.parse(name) as string;
      const keys = objects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
