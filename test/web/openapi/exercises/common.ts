import type { Exercise, Exercises, Sent } from './exercise.ts';
import type { Stage } from './stage.ts';

type Variation = (sent: Sent, stage: Stage) => Sent;

const withZeroByte: Variation = (sent) => ({ ...sent, path: withParameter(sent.path, 'x=%00') });
const withoutToken: Variation = ({ token: _, ...sent }) => sent;
const withUnknownToken: Variation = (sent) => ({ ...sent, token: 'unknown' });
const withoutScope: Variation = (sent, { tokens }) => ({ ...sent, token: tokens.withoutScope });
const byApplication: Variation = (sent, { tokens }) => ({ ...sent, token: tokens.application });
const tooLarge: Variation = (sent) =>
  withBody(sent, 'application/json', JSON.stringify('x'.repeat(97 * 1024)));
const ofNoKnownType: Variation = (sent) => withBody(sent, 'text/plain', 'x');

/** What can be wrong with a request to any operation that documents it, made up from an ordinary one. */
const variations: Readonly<Record<string, readonly Variation[]>> = {
  '304': [(sent) => ({ ...sent, headers: { ...sent.headers, 'if-none-match': '*' } })],
  '400 invalid_input': [withZeroByte],
  '401 token_missing': [withoutToken],
  '401 token_invalid': [withUnknownToken],
  '403 scope_missing': [withoutScope],
  '403 token_without_user': [byApplication],
  '403 token_of_user': [(sent, { tokens }) => ({ ...sent, token: tokens.formerAdministrator })],
  '403 second_factor_required': [(sent, { tokens }) => ({ ...sent, token: tokens.administratorByPassword })],
  '403 administrator_required': [(sent, { tokens }) => ({ ...sent, token: tokens.formerAdministrator })],
  '406 not_acceptable': [(sent) => ({ ...sent, headers: { ...sent.headers, accept: 'image/png' } })],
  '413 invalid_input': [tooLarge],
  '415 invalid_input': [ofNoKnownType],

  '400 INVALID_ARGUMENT': [withZeroByte],
  '401 UNAUTHENTICATED': [withoutToken, withUnknownToken],
  '403 PERMISSION_DENIED': [withoutScope, byApplication],
  '413 INVALID_ARGUMENT': [tooLarge],
  '415 UNSUPPORTED_MEDIA_TYPE': [ofNoKnownType],
};

/** How to bring about a response, told by status and code. */
export function exercisesFor(face: string, { ordinary, others = {} }: Exercises): Exercise[] {
  const own = others[face];
  if (own) return [own].flat();
  return (variations[face] ?? []).map((vary) => async (stage) => vary(await ordinary(stage), stage));
}

function withParameter(path: string, parameter: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${parameter}`;
}

function withBody({ form: _form, json: _json, ...sent }: Sent, type: string, body: string): Sent {
  return { ...sent, headers: { ...sent.headers, 'content-type': type }, body };
}
