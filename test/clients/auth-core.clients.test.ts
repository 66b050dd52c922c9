import { testFlows } from './flows.ts';
import { NODE } from './program.ts';
import { openRoom } from './room.ts';
import { registerApplication } from './web-application.ts';

const room = await openRoom();
const { registered, signIn } = await registerApplication(
  room,
  [NODE, 'auth-core.mjs'],
  '/auth/callback/clicktocall',
);
testFlows('auth-core', room, registered, signIn);
