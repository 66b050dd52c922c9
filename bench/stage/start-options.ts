import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The options of Node.js itself with which `npm start` of this version starts the server. */
export function startOptions(root: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const command = /\bnode (?<options>(?:--\S+ )*)src\/main\.ts$/.exec(scripts.start);
  if (!command) throw new Error(`npm start is not understood: ${scripts.start}`);
  return command.groups?.['options']?.split(' ').filter(Boolean) ?? [];
}
