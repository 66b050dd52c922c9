import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { NotAcceptable, NotFound } from '../../platform/http/errors/request-errors.ts';
import { JSON_OR_PAGE } from '../../platform/http/openapi/operation.ts';
import { assetRoutes } from '../../platform/http/pages/asset-routes.ts';
import { readAsset } from '../../platform/http/pages/assets.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';
import { TAGS } from '../representations/tags.ts';

const SHOW_FRAGMENT = readAsset(new URL('assets/show-fragment.js', import.meta.url));
const path = '/test';
const config = { entry: 'anyone', errorStyle: 'classic' } as const;

/** The codes of authorization errors (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6). */
const ERRORS = [
  'access_denied',
  'consent_required',
  'interaction_required',
  'invalid_request',
  'invalid_scope',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
];

type Parameters = Readonly<Record<string, unknown>>;

/** What the demo clients have received. */
export interface DemoReceipts {
  /** Whether this server has demo data. */
  hasPages(): Promise<boolean>;
  /** Whether a demo client got this authorization code or access token. */
  isReceived(secret: string): Promise<boolean>;
}

interface TestPageDeps {
  readonly demo: DemoReceipts;
  readonly publicUrl: string;
}

/**
 * The redirect URI of the demo clients. It shows the query; in a browser, also the fragment. Anyone can write a link to it, so it
 * shows only what a demo client has received: otherwise the page would present a stranger's text under this server's name.
 */
export const testPageRoutes: FastifyPluginAsyncTypebox<TestPageDeps> = async (app, { demo, publicUrl }) => {
  const received = async (parameters: Parameters) => {
    if (!(await demo.hasPages())) throw new NotFound();
    const { error } = parameters;
    if (await isReceived(parameters, demo)) return shownParameters(parameters, publicUrl);
    return typeof error === 'string' && ERRORS.includes(error) ? { error } : {};
  };

  await app.register(assetRoutes, { assets: [SHOW_FRAGMENT] });

  app.get(
    path,
    {
      config,
      schema: {
        operationId: 'showReceived',
        summary: 'Show what a demo client received',
        description:
          'The redirect URI of the demo clients. It shows the code or the token that this server sent to one of them; in a browser, also from the fragment. Other parameters are left out. Exists only with demo data.',
        tags: [TAGS.classicAuthorization],
        produces: JSON_OR_PAGE,
        response: {
          200: Type.Record(Type.String(), Type.String(), { description: 'The parameters.' }),
        },
        errors: [NotAcceptable, NotFound],
      },
    },
    async (request, reply) => {
      const json = await received(request.query as Parameters);
      const page: Page = {
        title: 'What the application received',
        connects: true,
        scripts: [SHOW_FRAGMENT],
        body: html`
          <pre id="received">${JSON.stringify(json, null, 2)}</pre>
          <p class="soft">This page belongs to the demo applications. It shows only what this server sent to them.</p>`,
      };
      return sendPageOrJson(request, reply, { page, json });
    },
  );

  // For the script of the page: browsers do not send the fragment with the address.
  app.post(
    path,
    { config, schema: { hide: true, body: Type.Record(Type.String(), Type.Unknown()) } },
    async (request, reply) => reply.header('cache-control', 'no-store').send(await received(request.body)),
  );
};

async function isReceived({ code, access_token: token }: Parameters, demo: DemoReceipts): Promise<boolean> {
  const secrets = [code, token].filter((secret) => secret !== undefined);
  const checked = secrets.map((secret) => (typeof secret === 'string' ? demo.isReceived(secret) : false));
  return secrets.length > 0 && (await Promise.all(checked)).every(Boolean);
}

/** The parameters of a response with a code or a token. The application chose `state`; the server chose the others. */
function shownParameters(parameters: Parameters, publicUrl: string): Record<string, string> {
  const isShown: Readonly<Record<string, (value: string) => boolean>> = {
    code: () => true,
    access_token: () => true,
    token_type: (value) => value === 'Bearer',
    expires_in: (value) => /^\d{1,6}$/.test(value),
    iss: (value) => value === publicUrl,
    state: () => true,
  };
  const shown = Object.entries(parameters).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' &&
      Object.hasOwn(isShown, entry[0]) &&
      isShown[entry[0]]?.(entry[1]) === true,
  );
  return Object.fromEntries(shown);
}
