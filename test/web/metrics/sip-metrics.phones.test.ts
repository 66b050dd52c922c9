import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBehindPbx } from '../../carriers/sip/sip-stage.ts';
import { until } from '../../harness/until.ts';
import { METRICS_TOKEN, read, total } from './metrics.ts';

test('the metrics count SIP messages, and show that an ended call leaves nothing', async () => {
  const stage = await startBehindPbx({ METRICS_TOKEN });
  const { app, caller } = stage;
  const [alice] = await Promise.all([
    stage.startPhone({ name: 'alice' }),
    stage.startPhone({ name: '+442079460123' }),
  ]);
  const id = await stage.call(alice.uri, '+442079460123');
  await until('the call is connected', () =>
    total('clicktocall_call_transitions_total', /state="connected"/, app),
  );
  await until('both phones are in it', async () => (await total('clicktocall_sip_dialogs', /.*/, app)) === 2);
  const agreed = /direction="received",method="INVITE",status="200"/;
  await until('they agree', async () => (await total('clicktocall_sip_messages_total', agreed, app)) >= 3);
  await caller.end(app, id);
  await stage.nothingLeft();

  // at least: what is repeated counts again
  const spoken = async (least: number, labels: RegExp) =>
    assert.ok((await total('clicktocall_sip_messages_total', labels, app)) >= least, String(labels));
  // each call is challenged once; a third INVITE goes to the caller with what the callee answered
  await spoken(5, /direction="sent",method="INVITE",status=""/);
  await spoken(2, /direction="received",method="INVITE",status="407"/);
  await spoken(3, agreed);
  await spoken(2, /direction="sent",method="BYE",status=""/);
  assert.equal(await total('clicktocall_sip_dialogs', /.*/, app), 0);
});

test('a registration shows whether it stands', async () => {
  const env = { METRICS_TOKEN, SIP_REGISTRAR: 'sip:clicktocall.test' };
  const [{ app: right }, { app: wrong }] = await Promise.all([
    startBehindPbx(env),
    startBehindPbx({ ...env, SIP_PASSWORD: 'wrong' }),
  ]);
  const name = 'clicktocall_sip_registered';
  await until('the node is registered', async () => (await total(name, /.*/, right)) === 1);
  await until('the other is refused', async () =>
    total('clicktocall_sip_messages_total', /method="REGISTER",status="401"/, wrong),
  );
  assert.deepEqual(await read(wrong, name), [' 0']);
});
