import assert from 'node:assert/strict';
import { testFlows } from './flows.ts';
import { NODE, runProgram, settingsOf } from './program.ts';
import { openRoom, SIGNED_OUT_URI } from './room.ts';
import { assertSignedIn } from './visitor.ts';

const room = await openRoom();
const registered = await room.register({ postLogoutRedirectUris: [SIGNED_OUT_URI] });
testFlows(
  'openid-client',
  room,
  registered,
  () => runProgram(room, [NODE, 'openid-client.mjs'], settingsOf(room, registered)),
  {
    async 'sign-out'({ returned_to: returnedTo }) {
      assert.equal(returnedTo, SIGNED_OUT_URI);
      await assertSignedIn(room, false);
    },
  },
);
