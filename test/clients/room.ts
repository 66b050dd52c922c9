import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import type { ClientRegistration } from '../../src/core/clients/registration.ts';
import { startApp, type TestApp } from '../harness/app.ts';
import { MODERN_REDIRECT_URI } from '../harness/people.ts';
import { addPerson, type Person } from '../web/oauth/modern-walk.ts';

/** Where the person returns to programs that have no web server: the tests read the address, nothing listens there. */
export const REDIRECT_URI = MODERN_REDIRECT_URI;

export const SIGNED_OUT_URI = 'http://localhost:5555/signed-out';

/** A server with simulated phones, and a person to sign in. */
export interface Room {
  readonly app: TestApp;
  readonly anna: Person;
  /** Of the person: what every client must learn. */
  readonly subject: string;
  register(registration: Partial<ClientRegistration>): Promise<RegisteredClient>;
  /** Accepts a nonce instead of PKCE, as an administrator does for a client without PKCE. */
  acceptNonce(registered: RegisteredClient): Promise<unknown>;
}

export async function openRoom(env: Record<string, string> = {}): Promise<Room> {
  const app = await startApp({ CARRIER: 'simulator', ...env });
  const anna = await addPerson(app, 'anna');
  await app.users.setNumbers(anna.name, ['+447700900001'], COMMAND_LINE);
  const [user] = await app.sql<{ id: string }>('SELECT id FROM users WHERE name = $1', [anna.name]);
  return {
    app,
    anna,
    subject: user?.id ?? '',
    register: (registration) =>
      app.clients.registerClient(
        { name: 'My CRM', redirectUris: [REDIRECT_URI], ...registration },
        COMMAND_LINE,
      ),
    acceptNonce: ({ client }) => app.clients.setPkceRequired(client.id, false, COMMAND_LINE),
  };
}
