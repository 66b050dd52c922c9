import { testFlows } from './flows.ts';
import { RUBY } from './program.ts';
import { openRoom } from './room.ts';
import { assertSignsOut } from './visitor.ts';
import { registerApplication } from './web-application.ts';

const room = await openRoom();
const { origin, registered, signIn } = await registerApplication(
  room,
  [RUBY, 'omniauth.rb'],
  '/auth/openid_connect/callback',
);
await room.acceptNonce(registered);
testFlows('omniauth', room, registered, signIn, {
  // It does not say which client it is, so the person stays at the server.
  'sign-out': () =>
    assertSignsOut(room, `${origin}/auth/openid_connect/logout`, `${room.app.url}/signed-out`),
});
