import { html } from 'ghtml';
import { userAddress } from '../addresses.ts';

/** The name that an erasure leaves (anonymise_user); there is no page of it. */
const ERASED = /^erased-[0-9a-f]{8}(?:-[0-9a-f-]{27})?$/;

/** A user's name, which leads to their page while there is one. */
export function userLink(name: string): string {
  return ERASED.test(name) ? html`${name}` : html`<a href="${userAddress(name)}">${name}</a>`;
}
