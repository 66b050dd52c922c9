import { testFlows } from './flows.ts';
import { PYTHON, runProgram, settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({});
testFlows('authlib', room, registered, () =>
  runProgram(room, [PYTHON, 'authlib_app.py'], settingsOf(room, registered)),
);
