import { readFileSync } from 'node:fs';
import { readBrandName, readColour, readWrittenLink, readWrittenLinks } from '../core/brand/brand-input.ts';
import { MAX_LIMIT } from '../core/people/user-input.ts';
import { readAllowedEntries, readDiallingEntries } from '../core/phone-numbers/dialling-entry.ts';
import { RETENTION_ACTIONS } from '../core/retention/retention.ts';
import {
  readChoice,
  readCountry,
  readDatabaseUrl,
  readEncryptionKeys,
  readHostPatterns,
  readHosts,
  readInteger,
  readOrigin,
  readToken,
  readTrustedProxies,
} from '../platform/configuration/values.ts';
import { type Variable, variable } from '../platform/configuration/variable.ts';
import { type Image, readImage } from '../platform/image.ts';
import { LOG_LEVELS } from '../platform/logger.ts';

/** A week. */
const MAX_SECONDS = 7 * 24 * 3600;

type Variables = Record<string, Variable<unknown>>;

/** Each group is a section of the documentation. The carriers declare their own variables. */
export const serverVariables = {
  PORT: variable('TCP port to listen on', '8888', (text) => readInteger(text ?? '8888', 1, 65_535)),
  HOST: variable('address to listen on', '`localhost`', (text) => text ?? 'localhost'),
  PUBLIC_URL: variable(
    'URL at which people and applications reach the server. It is the OAuth issuer and the base of every absolute URL. If it changes, refresh tokens for one API get `invalid_grant`',
    '`http://localhost:PORT`',
    (text, port) => readOrigin(text ?? `http://localhost:${port}`),
  ),
  TRUST_PROXY: variable(
    'proxies whose `X-Forwarded-*` headers the server believes: addresses and networks, separated by commas. `true` believes everyone; use it only behind a proxy that replaces these headers',
    '`false`',
    readTrustedProxies,
  ),
  LOG_LEVEL: variable(`lowest level to log: ${LOG_LEVELS.join(', ')}`, '`info`', (text) =>
    readChoice(text ?? 'info', LOG_LEVELS),
  ),
  METRICS_TOKEN: variable(
    'bearer token for Prometheus to read `/metrics`, at least 16 characters',
    'none: `/metrics` does not exist',
    readToken,
  ),
  CONSOLE_SECOND_FACTOR: variable(
    'whether administrators need a passkey or a code to sign in to the console: `optional` (asked for if they have one) or `required` (they must set one up). With `required`, what applications got with a password alone no longer reaches the admin API',
    '`optional`',
    (text) => readChoice(text ?? 'optional', ['optional', 'required']),
  ),
  ALLOW_HTTP_REDIRECTS: variable(
    '`true` lets applications register redirect URIs with plain `http:` on other machines than the person’s own. Authorization codes and tokens then travel unencrypted, and everyone on the network path can read them. Only for intranets',
    '`false`: plain `http:` only for `localhost`, 127.0.0.0/8 and `[::1]`',
    (text) => readChoice(text ?? 'false', ['true', 'false']),
  ),
  CLIENT_DOCUMENT_HOSTS: variable(
    'hosts whose documents may describe applications that are not registered here: `app.example.com`, `*.example.org` (its subdomains) or `*` (every public host), separated by commas, with `:port` for another port than 443. A private host must be named without `*`, also in `SINK_ALLOW_HOSTS`. Anyone who can publish a document there can ask your users for access; the consent page says that the application has not been verified',
    'none: only registered applications',
    readHostPatterns,
  ),
  ANONYMOUS_REQUESTS_PER_MINUTE: variable(
    'authorizations and device codes that one network address may begin in a minute without a signed-in person or an authenticated application, and documents of applications (`CLIENT_DOCUMENT_HOSTS`) that it may make the server read, counted by each server. Raise it if very many people share one address',
    '300',
    (text) => readInteger(text ?? '300', 1, 1_000_000),
  ),
  REFRESH_TOKEN_GRACE: variable(
    'seconds, up to 300, for which a used refresh token is accepted again, so that an application that lost a response or refreshes twice at once keeps its access. `0`: a second use revokes at once all tokens of the authorization',
    '`30`',
    (text) => readInteger(text ?? '30', 0, 300),
  ),
  NODE_ENV: variable(
    '`production` creates no demo data, and refuses to start while there is some',
    '`development`',
    (text) => readChoice(text ?? 'development', ['development', 'test', 'production']),
  ),
} satisfies Variables;

/** What is set here cannot be changed in the console. */
export const brandVariables = {
  BRAND_NAME: variable('name of your company, as pages and authenticator apps show it', 'none', (text) =>
    text === undefined ? undefined : readBrandName(text),
  ),
  BRAND_LOGO: variable(
    'file of the logo, which pages show instead of the name: PNG, WebP or JPEG, at most 64 kB and 512 pixels wide and high',
    'none',
    readImageFile,
  ),
  BRAND_LOGO_DARK: variable('file of the logo for dark mode', 'none', readImageFile),
  BRAND_FAVICON: variable(
    'file of the icon that browsers show beside the title of a page',
    'none',
    readImageFile,
  ),
  BRAND_ACCENT: variable(
    'colour of buttons and links, such as `#0b6253`. Pages darken or lighten it as far as text needs to stay readable',
    'none',
    (text) => (text === undefined ? undefined : readColour('accent', text)),
  ),
  BRAND_ACCENT_DARK: variable('the same for dark mode', 'derived from `BRAND_ACCENT`', (text) =>
    text === undefined ? undefined : readColour('accentDark', text),
  ),
  BRAND_SUPPORT: variable(
    'link to help, at the end of every page: its text and its address, such as `Help desk https://help.example.com`',
    'none',
    (text) => (text === undefined ? undefined : readWrittenLink('support', text)),
  ),
  BRAND_LEGAL: variable(
    'at most six legal links, at the end of every page, separated by commas: `Privacy https://example.com/privacy, Legal notice https://example.com/legal`',
    'none',
    (text) => (text === undefined ? undefined : readWrittenLinks(text.split(','))),
  ),
} satisfies Variables;

/** Reads the file of an image. */
function readImageFile(path: string | undefined): Image | undefined {
  if (path === undefined) return undefined;
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new Error(`the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return readImage(path, content);
}

export const databaseVariables = {
  DATABASE_URL: variable(
    'PostgreSQL to use, as `postgresql://user:password@host:port/database`, with special characters percent-encoded (`%40` for `@`)',
    'an embedded PostgreSQL in `DATA_DIR`',
    readDatabaseUrl,
  ),
  DATA_DIR: variable('folder of the embedded PostgreSQL', '`./data`', (text) => text ?? './data'),
  ENCRYPTION_KEY: variable(
    'key that encrypts sink tokens, webhook secrets and secrets of authenticator apps: 32 bytes in base64, the same on every server. Separate several keys by commas: the first encrypts, all decrypt',
    'a key created in `DATA_DIR`; required with `DATABASE_URL`',
    (text) => (text === undefined ? undefined : readEncryptionKeys(text)),
  ),
  RETENTION_DAYS: variable(
    'number of full days to keep ended calls',
    'none: calls are kept forever',
    (text) => (text === undefined ? undefined : readInteger(text, 1, 36_500)),
  ),
  RETENTION_ACTION: variable(
    'what to do with calls after `RETENTION_DAYS`: `remove` deletes them with their events and deliveries; `strip` deletes their numbers and the texts of their applications',
    '`remove`',
    (text) => readChoice(text ?? 'remove', RETENTION_ACTIONS),
  ),
} satisfies Variables;

export const callVariables = {
  CARRIER: variable(
    'what makes phones ring: `session` (nothing; a call lasts until someone ends it), `simulator`, `sip` (this server, through a PBX or trunk) or `ari` (an Asterisk)',
    '`session`',
    (text) => readChoice(text ?? 'session', ['session', 'simulator', 'sip', 'ari']),
  ),
  MAX_ONGOING_CALLS: variable('limit of ongoing calls for new users', '2', (text) =>
    readInteger(text ?? '2', 0, MAX_LIMIT),
  ),
  CALL_TIME_LIMIT: variable(
    'seconds after which a connected call is ended; also the longest limit that an application may ask for',
    '14400',
    (text) => readInteger(text ?? '14400', 1, MAX_SECONDS),
  ),
  RING_TIMEOUT: variable(
    'seconds for which each phone rings; also the longest time that an application may ask for',
    '60',
    (text) => readInteger(text ?? '60', 1, 600),
  ),
  SESSION_LEASE: variable(
    'seconds after which a call of the carrier `session` is ended unless its application renews it',
    'none: only the time limit applies',
    (text) => (text === undefined ? undefined : readInteger(text, 1, MAX_SECONDS)),
  ),
  DEFAULT_COUNTRY: variable(
    'two-letter country for numbers without `+`',
    'none: such numbers are refused',
    readCountry,
  ),
  DIAL_ALLOW: variable(
    'numbers that may be called: countries (`GB`), prefixes (`+4420`), `premium`, `shared-cost`, separated by commas',
    'all numbers that `DIAL_DENY` does not match',
    (text) => (text === undefined ? [] : readAllowedEntries(text)),
  ),
  DIAL_DENY: variable(
    'numbers that are never called, even if `DIAL_ALLOW` matches them: the same entries, and `emergency`. Replaces the default',
    '`emergency,premium`',
    (text) => readDiallingEntries(text ?? 'emergency,premium'),
  ),
  CALLS_PER_MINUTE: variable(
    'calls that one user may place in a minute, where calls cost money (`sip` and `ari`)',
    'none: only the limit of ongoing calls applies',
    (text) => (text === undefined ? undefined : readInteger(text, 1, 10_000)),
  ),
  TALK_TIME_PER_DAY: variable(
    'seconds that one user may talk in 24 hours, where calls cost money. An ongoing call counts with its time limit, which is cut to what is left',
    'none: only the limit of ongoing calls applies',
    (text) => (text === undefined ? undefined : readInteger(text, 1, MAX_SECONDS)),
  ),
  SINK_ALLOW_HOSTS: variable(
    'private hosts that the server may send requests to, as `host` or `host:port`, separated by commas: sinks, webhooks and addresses for logout tokens. It reads client documents there only if `CLIENT_DOCUMENT_HOSTS` also names the host. Webhooks and logout tokens may use `http:`. For development',
    'none',
    readHosts,
  ),
} satisfies Variables;
