import { notice } from './elements.ts';

/** What was done, by the word that the address has for it: nothing else of the address is ever shown. */
export function doneNotice(texts: Readonly<Record<string, string>>, done: string | undefined): string {
  const text = done !== undefined && Object.hasOwn(texts, done) ? texts[done] : undefined;
  return text === undefined ? '' : notice('done', text);
}

export function problemNotice(wrong: string | undefined): string {
  return wrong === undefined ? '' : notice('problem', wrong);
}
