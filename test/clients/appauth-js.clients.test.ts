import { freePort } from '../harness/free-port.ts';
import { startDesktop } from './desktop.ts';
import { testFlows } from './flows.ts';
import { NODE, runProgram, settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({ public: true, redirectUris: ['http://127.0.0.1/callback'] });
testFlows('appauth-js', room, registered, async () => {
  const redirectUri = `http://127.0.0.1:${await freePort()}/callback`;
  const settings = { ...settingsOf(room, registered, redirectUri), ...(await startDesktop(room)) };
  return runProgram(room, [NODE, 'appauth.mjs'], settings);
});
