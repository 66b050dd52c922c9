import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** Every page of the repository, by its path. */
export function listPages(): string[] {
  return globSync(['**/*.md', '.github/**/*.md'], {
    cwd: ROOT,
    exclude: (path) => /(^|\/)(node_modules|data)$/.test(path),
  });
}

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/**
 * The code blocks of a page in a language, in order.
 * @param section its heading; the whole page by default
 */
export function readBlocks(path: string, language: string, section?: string): string[] {
  const page = readPage(path);
  const [, rest] = section === undefined ? [undefined, page] : page.split(`# ${section}\n`);
  if (rest === undefined) throw new Error(`${path} has no section "${section}"`);
  const [text = ''] = section === undefined ? [rest] : rest.split(/^##? /m);
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  );
}

/** The links of a page, without its code blocks: images too. */
export function linksOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(page).matchAll(/^#+ (.+)$/gm)) {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function withoutCode(page: string): string {
  return page.replace(/^```.*?^```$/gms, '');
}
