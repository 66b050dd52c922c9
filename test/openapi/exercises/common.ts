import type { Exercises, Sent } from './exercise.ts';
import type { Stage } from './stage.ts';

type Variation = (sent: Sent, stage: Stage) => Sent;

/** What can be wrong with a request to any operation that documents it, made up from an ordinary one. */
const variations: Readonly<Record<string, Variation>> = {
  '400 invalid_input': (sent) => ({ ...sent, path: withQuery(sent.path, 'x=%00') }),
  '401 token_missing': ({ token: _, ...sent }) => sent,
  '401 token_invalid': (sent) => ({ ...sent, token: 'unknown' }),
  '403 scope_missing': (sent, { tokens }) => ({ ...sent, token: tokens.withoutScope }),
  '403 token_without_user': (sent, { tokens }) => ({ ...sent, token: tokens.application }),
  '403 administrator_required': (sent, { tokens }) => ({ ...sent, token: tokens.formerAdministrator }),
  '406 not_acceptable': (sent) => ({ ...sent, headers: { ...sent.headers, accept: 'image/png' } }),
  '413 invalid_input': (sent) => withBody(sent, 'application/json', JSON.stringify('x'.repeat(65 * 1024))),
  '415 invalid_input': (sent) => withBody(sent, 'text/plain', 'x'),
};

/** How to bring about a response, told by status and code. */
export function exercisesFor(response: string, { ordinary, others = {} }: Exercises) {
  const own = others[response];
  if (own) return [own].flat();
  const vary = variations[response];
  return vary ? [async (stage: Stage) => vary(await ordinary(stage), stage)] : [];
}

function withQuery(path: string, parameter: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${parameter}`;
}

function withBody({ form: _form, json: _json, ...sent }: Sent, type: string, body: string): Sent {
  return { ...sent, headers: { ...sent.headers, 'content-type': type }, body };
}
