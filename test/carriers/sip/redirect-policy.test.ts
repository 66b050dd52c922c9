import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { startRawStage } from './raw-stage.ts';

const app = await startApp();

for (const [what, user, host, followed] of [
  ['to an extension of the same host', '101', '127.0.0.1', true],
  ['to a number that the dialling rules allow', '+442079460999', '127.0.0.1', true],
  ['to a number that they deny', '+449098790000;phone-context=x', '127.0.0.1', false],
  ['to that number, escaped', '%2B449098790000', '127.0.0.1', false],
  ['to another host', '101', 'localhost', false],
] as const) {
  test(`a redirection ${what} is ${followed ? 'followed' : 'refused'}`, async () => {
    const { carrier, caller, reported, insertCall } = await startRawStage(app);
    carrier.originate(await insertCall());
    const port = /:(\d+)$/.exec(caller.uri)?.[1];
    const contact = `sip:${user}@${host}:${port}`;
    caller.respond(await caller.next('INVITE'), '302 Moved Temporarily', { contact: `<${contact}>` });
    if (followed) {
      const invite = await caller.next('INVITE');
      assert.equal(invite.split(' ')[1], contact);
      caller.respond(invite, '486 Busy Here');
      await until('its end', () => reported.includes('disconnected: callerBusy'));
    } else {
      await until('its end', () => reported.includes('failed: callerFailure'));
      assert.equal(caller.received.filter((raw) => raw.startsWith('INVITE')).length, 1);
    }
  });
}
