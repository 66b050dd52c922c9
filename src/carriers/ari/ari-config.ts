import { ConfigError, type Values, variable } from '../../platform/configuration/variable.ts';
import { readTemplate } from '../address-template.ts';

/** What the carrier `ari` is told. */
export interface AriConfig {
  /** Of Asterisk's REST interface, without a slash at its end. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** The Stasis application. */
  readonly app: string;
  /** Templates of Asterisk's endpoints (address-template.ts): the caller's own phone, and the callee. */
  readonly callerEndpoint: string;
  readonly calleeEndpoint: string;
  /** A template over the caller's number: who calls, as the callee sees it. */
  readonly callerId: string;
}

export const ariVariables = {
  ARI_URL: variable(
    '`ari`: Asterisk’s REST interface, such as `http://127.0.0.1:8088/ari`',
    '`http://127.0.0.1:8088/ari`',
    (text) => readUrl(text ?? 'http://127.0.0.1:8088/ari'),
  ),
  ARI_USERNAME: variable('`ari`: user in ari.conf', 'none: needed with `ari`', (text) => text),
  ARI_PASSWORD: variable('`ari`: password of that user', 'none: needed with `ari`', (text) => text),
  ARI_APP: variable(
    '`ari`: what calls and Stasis applications in Asterisk begin with; another one for each database',
    '`clicktocall`',
    (text) => readApp(text ?? 'clicktocall'),
  ),
  ARI_CALLER_ENDPOINT: variable(
    '`ari`: where a user’s own phone rings; `{number}`, `{digits}` (without `+`) and `{name}` are filled in',
    '`PJSIP/{digits}`',
    (text) => readTemplate(text ?? 'PJSIP/{digits}'),
  ),
  ARI_CALLEE_ENDPOINT: variable(
    '`ari`: what is dialled for a callee, likewise, such as `PJSIP/{number}@trunk`',
    'none: needed with `ari`',
    (text) => (text === undefined ? undefined : readTemplate(text)),
  ),
  ARI_CALLER_ID: variable(
    '`ari`: who calls, as the callee sees it; the caller’s number and name are filled in',
    '`{number}`',
    (text) => readTemplate(text ?? '{number}'),
  ),
};

/** @throws ConfigError where something is missing */
export function ariConfigOf(values: Values<typeof ariVariables>): AriConfig {
  return {
    url: values.ARI_URL,
    username: needed(values, 'ARI_USERNAME'),
    password: needed(values, 'ARI_PASSWORD'),
    app: values.ARI_APP,
    callerEndpoint: values.ARI_CALLER_ENDPOINT,
    calleeEndpoint: needed(values, 'ARI_CALLEE_ENDPOINT'),
    callerId: values.ARI_CALLER_ID,
  };
}

function needed(
  values: Values<typeof ariVariables>,
  name: 'ARI_USERNAME' | 'ARI_PASSWORD' | 'ARI_CALLEE_ENDPOINT',
): string {
  const value = values[name];
  if (value === undefined) throw new ConfigError(`${name}: is needed with CARRIER=ari`);
  return value;
}

/** The credentials have variables of their own: in an address they would end up in logs. */
function readUrl(text: string): string {
  const url = URL.parse(text);
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  )
    throw new Error('must be http:// or https://, a host and a path, without name and password');
  return url.href.replace(/\/$/, '');
}

function readApp(text: string): string {
  if (/^[\w-]{1,40}$/.test(text)) return text;
  throw new Error(`must be at most 40 letters, digits, - and _, not "${text}"`);
}
