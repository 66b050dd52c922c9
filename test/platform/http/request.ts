import type { TestApp } from '../../harness/app.ts';
import { type Answer, answerOf } from '../../harness/browser.ts';

/** One request without cookies, its body exactly as given. */
export async function request(
  app: Pick<TestApp, 'url'>,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  const response = await fetch(app.url + path, {
    method,
    redirect: 'manual',
    headers,
    ...(body !== undefined && { body }),
  });
  return answerOf(response);
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const JSON_BODY = { 'content-type': 'application/json' };
