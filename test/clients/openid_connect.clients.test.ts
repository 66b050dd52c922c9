import { testFlows } from './flows.ts';
import { RUBY, runProgram, settingsOf } from './program.ts';
import { openRoom } from './room.ts';

const room = await openRoom();
const registered = await room.register({});
testFlows('openid_connect', room, registered, () =>
  runProgram(room, [RUBY, 'openid_connect.rb'], settingsOf(room, registered)),
);
