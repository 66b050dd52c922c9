import assert from 'node:assert/strict';
import type { TestApp } from '../../harness/app.ts';
import { type Answer, answerOf, Browser, type Form } from '../../harness/browser.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';

/** What a browser says when somebody opens a page in it. */
export const OPENS_PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-site': 'none' };
/** What it says when somebody sends a form of ours. */
export const SENDS_FORM = { accept: OPENS_PAGE.accept, 'sec-fetch-site': 'same-origin' };

/** An administrator at a browser. */
export interface Administrator {
  readonly name: string;
  readonly browser: Browser;
  open(path: string): Promise<Answer>;
  send(path: string, form?: Form): Promise<Answer>;
}

/** Somebody at a new browser, who is not signed in. */
export function atBrowser(app: TestApp, name: string): Administrator {
  const browser = new Browser(app.url);
  return {
    name,
    browser,
    open: (path) => browser.get(path, OPENS_PAGE),
    send: (path, form = {}) => browser.post(path, form, SENDS_FORM),
  };
}

export function signIn(administrator: Administrator, form: Record<string, string> = {}): Promise<Answer> {
  return administrator.send('/console/sign-in', {
    username: administrator.name,
    password: PASSWORD,
    ...form,
  });
}

/** Adds an administrator, who signs in to the console. */
export async function addSignedIn(app: TestApp, name: string): Promise<Administrator> {
  await addUser(app, name, { administrator: true });
  const administrator = atBrowser(app, name);
  const answer = await signIn(administrator);
  assert.equal(answer.status, 303, answer.text);
  return administrator;
}

/** Sends the form of an image, as a browser does; the name and the type of the file say nothing about its content. */
export async function upload(
  app: TestApp,
  { browser }: Administrator,
  path: string,
  content: Buffer,
  headers: Record<string, string> = SENDS_FORM,
): Promise<Answer> {
  const body = new FormData();
  body.append('image', new Blob([new Uint8Array(content)], { type: 'image/svg+xml' }), 'logo.svg');
  const cookie = browser.cookiesFor(path);
  const redirect = 'manual';
  return answerOf(
    await fetch(app.url + path, { method: 'POST', body, redirect, headers: { ...headers, cookie } }),
  );
}

/** The path and query that an answer redirects to. */
export function leadsTo({ status, location }: Answer): string {
  assert.equal(status, 303);
  const { pathname, search } = new URL(location);
  return `${pathname}${search}`;
}

/** As if so much time had passed since everything that a user's sessions remember of themselves. */
export async function letTimePass(app: TestApp, userName: string, interval: string): Promise<void> {
  await app.sql(
    `UPDATE console_sessions SET signed_in_at = signed_in_at - $2::interval, seen_at = seen_at - $2::interval,
            confirmed_at = confirmed_at - $2::interval, former_until = former_until - $2::interval,
            challenged_at = challenged_at - $2::interval
      WHERE user_id = (SELECT id FROM users WHERE name = $1)`,
    [userName, interval],
  );
}

/** The value of a page's field, as a browser would send it. */
export function fieldValue(html: string, name: string): string {
  const value = new RegExp(`name="${name}"[^>]*? value="([^"]*)"`).exec(html)?.[1] ?? '';
  return value.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))).replaceAll('&amp;', '&');
}
