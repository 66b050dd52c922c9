import { testFlows } from './flows.ts';
import { compileGo, runProgram, settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({});
testFlows('go-oidc', room, registered, async () =>
  runProgram(room, await compileGo('oidc'), settingsOf(room, registered)),
);
