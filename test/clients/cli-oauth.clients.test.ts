import { testFlows } from './flows.ts';
import { compileGo, runProgram, settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({ public: true });
testFlows('cli-oauth', room, registered, async () =>
  runProgram(room, await compileGo('device'), settingsOf(room, registered)),
);
