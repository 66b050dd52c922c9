import { testFlows } from './flows.ts';
import { NODE } from './program.ts';
import { openRoom } from './room.ts';
import { assertSignsOut } from './visitor.ts';
import { registerApplication } from './web-application.ts';

const room = await openRoom();
const { origin, registered, signIn } = await registerApplication(room, [NODE, 'passport.mjs'], '/callback');
await room.acceptNonce(registered);
testFlows('passport-openidconnect', room, registered, signIn, {
  'sign-out': () => assertSignsOut(room, `${origin}/sign-out`, `${origin}/signed-out`),
});
