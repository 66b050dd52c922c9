import assert from 'node:assert/strict';
import { PASSWORD } from '../harness/people.ts';
import { formOf, OPENS_PAGE, submit } from '../web/oauth/modern-walk.ts';
import type { Room } from './room.ts';

const MAX_STEPS = 20;

export interface OpenedPage {
  readonly address: string;
  readonly text: string;
}

/**
 * Opens a page as a person does: follows redirects between the sites, signs in, allows what is asked, and confirms.
 * @param stay whether to stop at the first address of another site, because nothing listens there
 */
export async function openPage(
  { app, anna }: Room,
  start: string,
  { stay = false } = {},
): Promise<OpenedPage> {
  let address = start;
  let page = await anna.browser.get(address, OPENS_PAGE);
  for (let step = 0; step < MAX_STEPS; step++) {
    if (page.location !== '') {
      address = page.location;
      if (stay && new URL(address).origin !== app.url) return { address, text: '' };
      page = await anna.browser.get(address, OPENS_PAGE);
      continue;
    }
    assert.equal(page.status, 200, `${address}: ${page.text}`);
    const form = formOf(page.text);
    if (form === undefined) return { address, text: page.text };
    page = await submit(anna, address, page.text, typedInto(page.text, form.fields, anna.name));
  }
  throw new Error(`the pages go in circles: ${address}`);
}

/** Opens a link of an application that signs the person out of the server. @param back where they return to */
export async function assertSignsOut(room: Room, link: string, back: string): Promise<void> {
  await assertSignedIn(room, true);
  assert.equal((await openPage(room, link)).address, back);
  await assertSignedIn(room, false);
}

export async function assertSignedIn({ anna }: Room, expected: boolean): Promise<void> {
  const { status } = await anna.browser.get('/account', OPENS_PAGE);
  assert.equal(status === 200, expected);
}

/** What the person types into a form, or the button that they press. */
function typedInto(html: string, fields: object, userName: string): Record<string, string> {
  if ('username' in fields) return { username: userName, password: PASSWORD };
  if (html.includes('name="grant"')) return { grant: 'true' };
  return html.includes('name="sign_out"') ? { sign_out: 'true' } : {};
}
