import { testFlows } from './flows.ts';
import { compileGo, runProgram, settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({});
testFlows('go-oauth2', room, registered, async () =>
  runProgram(room, await compileGo('oauth2'), settingsOf(room, registered)),
);
