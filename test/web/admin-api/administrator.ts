import type { TestApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient, addUser, bearer, modernToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';

/** Requests of an administrator, with a token that the administrator granted. */
export interface Administrator {
  readonly token: string;
  /** Of the application that the token was granted to. */
  readonly clientId: string;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** `body` is sent as JSON; a string goes as it is. */
  send(method: string, path: string, body?: unknown): Promise<Answer>;
}

export async function addAdministrator(app: TestApp, name = 'rosa'): Promise<Administrator> {
  await addUser(app, name, { administrator: true });
  const registered = await addModernClient(app, { name: 'Console', public: true });
  const token = await modernToken(app, registered, name, 'admin');
  return {
    token,
    clientId: registered.client.id,
    get: (path, headers = {}) => request(app, 'GET', path, { ...headers, ...bearer(token) }),
    send(method, path, body) {
      if (body === undefined) return request(app, method, path, bearer(token));
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return request(app, method, path, { ...JSON_BODY, ...bearer(token) }, text);
    },
  };
}
