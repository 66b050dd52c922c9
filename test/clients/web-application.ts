import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import { freePort } from '../harness/free-port.ts';
import { type Command, type Facts, settingsOf, startProgram } from './program.ts';
import type { Room } from './room.ts';
import { openPage } from './visitor.ts';

export interface WebApplication {
  readonly origin: string;
  readonly registered: RegisteredClient;
  /** Starts it, and opens its page. @returns what it says of the person */
  signIn(): Promise<Facts>;
}

/** Registers a web application whose page `/` asks to sign in, and then shows facts as JSON. @param callback path */
export async function registerApplication(
  room: Room,
  command: Command,
  callback: string,
): Promise<WebApplication> {
  const origin = `http://localhost:${await freePort()}`;
  const redirectUri = origin + callback;
  const registered = await room.register({
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [`${origin}/signed-out`],
  });
  return {
    origin,
    registered,
    async signIn() {
      await startProgram(command, settingsOf(room, registered, redirectUri));
      return JSON.parse((await openPage(room, origin)).text);
    },
  };
}
