import type { TestApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { CALLS, deleteCall, postCall, send } from '../../web/api/call.ts';
import { getCalls, NUMBER } from '../../web/classic/call.ts';
import { classicCode, credentials, parametersOf, redeem, withQuery } from '../../web/classic/flow.ts';
import { getCall as getCamaraCall } from '../../web/click-to-dial/call.ts';
import { FORM, request } from './request.ts';

/** Requests of all APIs that need the database; by anna, whose limit is ten calls. */
export async function prepareDatabaseRequests(app: TestApp) {
  const client = await addClassicClient(app);
  const administrator = await addAdministrator(app);
  await addUser(app, 'anna', { limit: 10 });
  const token = await classicToken(app, client, 'anna');
  const code = await classicCode(app, client, 'anna');
  const signIn = new URLSearchParams({
    ...parametersOf(client, 'code'),
    ...credentials('anna'),
  }).toString();
  const grant = new URLSearchParams({ ...parametersOf(client, 'code'), grant: 'true' }).toString();
  const redemption = new URLSearchParams({
    client_id: client.id,
    client_secret: client.secret,
    code,
    redirect_uri: client.redirectUri,
    grant_type: 'authorization_code',
  }).toString();
  const clientToBe = { name: 'X', redirectUris: [client.redirectUri] };

  const requests: Record<string, () => Promise<Answer>> = {
    'GET /rest/call': () => getCalls(app, token),
    'GET /rest/call from a script of another origin': () =>
      getCalls(app, token, { origin: 'https://app.example' }),
    'POST /rest/call': () =>
      request(
        app,
        'POST',
        '/rest/call',
        { ...FORM, ...bearer(token) },
        `number=${encodeURIComponent(NUMBER)}`,
      ),
    'PUT /rest/call': () =>
      request(app, 'PUT', '/rest/call', { ...FORM, ...bearer(token) }, 'token_call=unknown'),
    'GET /api/v1/calls': () => send(app, 'GET', CALLS, token),
    'POST /api/v1/calls': () => postCall(app, token),
    'DELETE /api/v1/calls/{callId}': () => deleteCall(app, token, 'unknown'),
    'GET /click-to-dial/v0.2/calls/{callId}': () => getCamaraCall(app, token, 'unknown'),
    'GET /admin/users': () => administrator.get('/admin/users'),
    'PUT /admin/users/anna/limit': () => administrator.send('PUT', '/admin/users/anna/limit', { limit: 3 }),
    'POST /admin/clients': () => administrator.send('POST', '/admin/clients', clientToBe),
    'GET /oauth/auth': () => request(app, 'GET', withQuery('/oauth/auth', parametersOf(client, 'code'))),
    'GET /auth/login': () => request(app, 'GET', withQuery('/auth/login', parametersOf(client, 'code'))),
    'POST /auth/login': () => request(app, 'POST', '/auth/login', FORM, signIn),
    'POST /auth/grant': () => request(app, 'POST', '/auth/grant', FORM, grant),
    'GET /oauth/token': () => redeem(app, client, code),
    'POST /oauth/token': () => request(app, 'POST', '/oauth/token', FORM, redemption),
    'GET /readyz': () => request(app, 'GET', '/readyz'),
  };
  return { client, administrator, token, code, signIn, requests };
}
