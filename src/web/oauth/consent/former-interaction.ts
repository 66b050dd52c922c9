import { html } from 'ghtml';
import type { Client, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { errorPage } from '../../../platform/http/errors/error-pages.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import type { FormerInteraction } from '../provider/adapters/interaction-adapter.ts';
import { shownNameOf } from '../shown-name.ts';
import { InteractionAnswered, InteractionLost } from './interaction-errors.ts';

const AUTHORIZATION = '/oauth/authorize';
const DEVICE = '/oauth/device';

type BrowserContext = Pick<KoaContextWithOIDC, 'cookies'> & Parameters<Provider['Session']['get']>[0];

/** @returns the client with this id */
export type FindClient = (id: string) => Promise<Client | undefined>;

/**
 * The page of an interaction that can no longer be answered: it says what is known, and offers its browser a way on.
 * @param findClient if it throws, the page offers no link
 */
export async function formerInteractionPage(
  provider: Provider,
  former: FormerInteraction | undefined,
  browser: BrowserContext,
  findClient: FindClient = (id) => provider.Client.find(id),
): Promise<Page> {
  const error = former?.answered ? new InteractionAnswered() : new InteractionLost();
  const isOwn = former !== undefined && (await isOfBrowser(provider, former, browser));
  const link = isOwn ? await findWayOn(former, findClient) : undefined;
  return errorPage(error, link && html`<p><a class="button" href="${link.href}">${link.text}</a></p>`);
}

/**
 * Whether the browser began the interaction, or its user is signed in there. The links show the application and the whole request,
 * such as `state` and `login_hint`, which an address that leaked must not.
 */
async function isOfBrowser(
  provider: Provider,
  { uid, userId }: FormerInteraction,
  browser: BrowserContext,
): Promise<boolean> {
  if (browser.cookies.get(provider.cookieName('interaction')) === uid) return true;
  return userId !== undefined && (await provider.Session.get(browser)).accountId === userId;
}

interface Link {
  readonly href: string;
  readonly text: string;
}

/**
 * A sign-in that was not completed can start again with the same request, which the authorization endpoint checks again. So can
 * one of an installed application, which may not have received the answer. A website has used up its `state`, so the link leads
 * to its origin.
 */
async function findWayOn(former: FormerInteraction, findClient: FindClient): Promise<Link | undefined> {
  const { params, responded, pushed, ofDevice } = former;
  if (ofDevice) return { href: DEVICE, text: 'Connect a device' };
  const client = await findClient(String(params['client_id'])).catch(() => undefined);
  const redirectUri = String(params['redirect_uri']);
  if (!client?.redirectUriAllowed(redirectUri)) return undefined;
  const name = shownNameOf(client);
  const { protocol, origin } = new URL(redirectUri);
  const website = /^https?:$/.test(protocol) ? origin : undefined;
  if (!pushed && !(responded && website !== undefined))
    return { href: `${AUTHORIZATION}?${requestOf(params)}`, text: `Continue with ${name}` };
  return website === undefined ? undefined : { href: `${website}/`, text: `Back to ${name}` };
}

function requestOf(params: FormerInteraction['params']): URLSearchParams {
  const request = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    for (const each of [value ?? []].flat()) request.append(name, String(each)); // there can be several resources
  return request;
}
