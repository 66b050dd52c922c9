import { existsSync, readFileSync } from 'node:fs';

const README = new URL('../../../README.md', import.meta.url);
const SECTION = /^## A first call\n.*?(?=^## )/ms;

/** The README's first call, to be pasted as it stands, with this server's address; nothing where there is no README. */
export function firstCall(publicUrl: string): string {
  if (!existsSync(README)) return '';
  const [section = ''] = SECTION.exec(readFileSync(README, 'utf8')) ?? [];
  return section
    .replaceAll('http://localhost:8888', publicUrl)
    .replace(/\[(.*?)\]\(docs\/.*?\)/g, '`$1`')
    .trim();
}
