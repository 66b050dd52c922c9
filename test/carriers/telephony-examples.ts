import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../docs/telephony.md', import.meta.url), 'utf8');

/** The examples of docs/telephony.md in a language, in their order. @param section its heading; all by default */
export function examples(language: string, section?: string): string[] {
  const [, rest = ''] = section === undefined ? ['', text] : text.split(`# ${section}\n`);
  const [part = ''] = section === undefined ? [rest] : rest.split(/^##/m);
  return [...part.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)\n\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  );
}
