import { testFlows } from './flows.ts';
import { NODE, runProgram, settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({});
testFlows('oauth4webapi', room, registered, () =>
  runProgram(room, [NODE, 'oauth4webapi.mjs'], settingsOf(room, registered)),
);
