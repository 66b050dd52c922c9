import { testFlows } from './flows.ts';
import { PYTHON, runProgram, settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({});
await room.acceptNonce(registered);
testFlows('python-social-auth', room, registered, () =>
  runProgram(room, [PYTHON, 'social_core_app.py'], settingsOf(room, registered)),
);
