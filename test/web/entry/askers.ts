import assert from 'node:assert/strict';
import type { RegisteredRoute } from '../../../scripts/docs/registered-routes.ts';
import type { TestApp } from '../../harness/app.ts';
import { bearer } from '../../harness/people.ts';
import { FORM, JSON_BODY, request } from '../../platform/http/request.ts';
import { callTo, newCallee, openCall } from '../click-to-dial/call.ts';
import type { Role } from './roles.ts';
import { OWNED } from './routes.ts';
import type { Outcome } from './rules.ts';

const API = '/api/v1';
const C2D = '/click-to-dial/v0.2';

/** Routes that sign the asker out. */
const SIGNS_OUT = [
  'GET /auth/logout',
  'POST /auth/logout',
  'POST /sign-out',
  'POST /account/security/sign-out-everywhere',
  'POST /console/sign-out',
];

/** As the API of 2012 documents it. Every other empty answer has no content type. */
const TYPED_BUT_EMPTY = ['POST /rest/call'];

/** What a request needs so that only the asker decides the response. Other routes refuse an incomplete request after they let it in. */
const SENT: Readonly<
  Record<string, (id: string) => { query?: string; headers?: Record<string, string>; body?: string }>
> = {
  'GET /rest/call': (id) => ({ query: `token_call=${id}` }),
  'POST /rest/call': () => ({ headers: FORM, body: 'number=%2B447700900123' }),
  'PUT /rest/call': (id) => ({ headers: FORM, body: `token_call=${id}` }),
  [`PUT ${API}/webhooks/:id/disabled`]: () => ({ headers: JSON_BODY, body: '{"disabled":true}' }),
  [`PUT ${API}/webhooks/:id/events`]: () => ({ headers: JSON_BODY, body: '{"events":null}' }),
  [`POST ${API}/calls`]: () => ({ headers: JSON_BODY, body: JSON.stringify({ callee: newCallee() }) }),
  [`POST ${C2D}/calls`]: () => ({ headers: JSON_BODY, body: JSON.stringify(callTo()) }),
};

/**
 * Sends requests as different roles.
 * @param tokens of the owners: calls belong to Anna, webhooks to client A
 */
export function createAsker(app: TestApp, tokens: { readonly owner: string; readonly client: string }) {
  /** Ids by kind, for the next request too until somebody was let in. Who is refused changes nothing. */
  const untouched = new Map<string, string>();

  /** A call or webhook for a route that needs one; else an id that does not exist. */
  async function ownedThing(row: string): Promise<string> {
    const kind = OWNED[row];
    if (kind === undefined) return 'nothing';
    const id = untouched.get(kind) ?? (await (kind === 'call' ? newCall() : newWebhook()));
    untouched.set(kind, id);
    return id;
  }

  const newCall = async () => (await openCall(app, tokens.owner)).callId;

  async function newWebhook(): Promise<string> {
    const headers = { ...bearer(tokens.client), ...JSON_BODY };
    const body = JSON.stringify({ url: 'https://hook.example/events' });
    const added = await request(app, 'POST', `${API}/webhooks`, headers, body);
    assert.equal(added.status, 201, added.text);
    await app.sql('DELETE FROM webhooks WHERE id <> $1', [added.json()['id']]); // a client may have only a few
    return String(added.json()['id']);
  }

  function outcomeOf({ status, headers }: Response, row: string): Outcome {
    assert.ok(status < 500, `${status}`);
    const isAbsent = status === 404 || (status === 409 && row.endsWith('/rest/call')); // as documented in 2012
    if (isAbsent) return OWNED[row] === undefined ? 'in' : '404';
    if (row === 'POST /oauth/register' && status === 400) return '401'; // no token at all, or not where tokens come
    if (status === 401 || status === 403) return `${status}`;
    switch (new URL(headers.get('location') ?? '', app.url).pathname) {
      case '/sign-in':
        return 'sign in';
      case '/console/sign-in':
        return 'console sign-in';
      case '/console/second-factor':
        return 'second factor';
      default:
        return 'in';
    }
  }

  return async function ask({ method, url, row }: RegisteredRoute, role: Role): Promise<Outcome> {
    const id = await ownedThing(row);
    const { query = '', headers = {}, body } = SENT[row]?.(id) ?? {};
    const own = SIGNS_OUT.includes(row) ? await role.again?.() : undefined;
    const address = new URL(url.replace(/:\w+|\*/g, id), app.url);
    address.search = `${query}&${new URLSearchParams(role.query)}`;
    const response = await fetch(address, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(own ?? role.headers) },
      ...(body !== undefined && { body }),
    });
    if (response.headers.get('content-length') === '0' && !TYPED_BUT_EMPTY.includes(row))
      assert.equal(response.headers.get('content-type'), null, 'an empty answer has no type');
    const hasNoRecording = row.endsWith('/recording') && /no recording/.test(await response.clone().text());
    await response.body?.cancel(); // some responses do not end
    const outcome = hasNoRecording ? 'in' : outcomeOf(response, row);
    if (outcome === 'in') untouched.delete(OWNED[row] ?? '');
    return outcome;
  };
}
