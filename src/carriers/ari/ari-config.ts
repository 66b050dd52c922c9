import { butNot } from '../../platform/configuration/values.ts';
import { ConfigError, type Values, variable } from '../../platform/configuration/variable.ts';
import { readTemplate } from '../address-template.ts';

/** The settings of the carrier `ari`. */
export interface AriConfig {
  /** URL of Asterisk's REST interface, without a trailing slash. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** The Stasis application. */
  readonly app: string;
  /** Templates (address-template.ts) of Asterisk's endpoints for the caller's own phone and for the callee. */
  readonly callerEndpoint: string;
  readonly calleeEndpoint: string;
  /** Template of the caller ID that the callee sees, with the caller's number. */
  readonly callerId: string;
}

export const ariVariables = {
  ARI_URL: variable('URL of Asterisk’s REST interface', '`http://127.0.0.1:8088/ari`', (text) =>
    readUrl(text ?? 'http://127.0.0.1:8088/ari'),
  ),
  ARI_USERNAME: variable('user in ari.conf', 'none: required', (text) => text),
  ARI_PASSWORD: variable('password of that user', 'none: required', (text) => text),
  ARI_APP: variable(
    'prefix of the names of channels and Stasis applications in Asterisk. Use a different one for each database',
    '`clicktocall`',
    (text) => readApp(text ?? 'clicktocall'),
  ),
  ARI_CALLER_ENDPOINT: variable(
    'template of the endpoint of a user’s own phone, with `{number}`, `{digits}` (without `+`) and `{name}`',
    '`PJSIP/{digits}`',
    (text) => readTemplate(text ?? 'PJSIP/{digits}'),
  ),
  ARI_CALLEE_ENDPOINT: variable(
    'template of the endpoint of a callee, such as `PJSIP/{number}@trunk`',
    'none: required',
    (text) => (text === undefined ? undefined : readTemplate(text)),
  ),
  ARI_CALLER_ID: variable(
    'template of the caller ID that the callee sees, with the caller’s number and name',
    '`{number}`',
    (text) => readTemplate(text ?? '{number}'),
  ),
};

/** @throws ConfigError if a required variable is missing */
export function ariConfigOf(values: Values<typeof ariVariables>): AriConfig {
  return {
    url: values.ARI_URL,
    username: required(values, 'ARI_USERNAME'),
    password: required(values, 'ARI_PASSWORD'),
    app: values.ARI_APP,
    callerEndpoint: values.ARI_CALLER_ENDPOINT,
    calleeEndpoint: required(values, 'ARI_CALLEE_ENDPOINT'),
    callerId: values.ARI_CALLER_ID,
  };
}

function required(
  values: Values<typeof ariVariables>,
  name: 'ARI_USERNAME' | 'ARI_PASSWORD' | 'ARI_CALLEE_ENDPOINT',
): string {
  const value = values[name];
  if (value === undefined) throw new ConfigError(`${name}: is required with CARRIER=ari`);
  return value;
}

/** The credentials have their own variables, because addresses appear in logs. */
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
  throw new Error(`must be at most 40 letters, digits, - and _${butNot(text)}`);
}
