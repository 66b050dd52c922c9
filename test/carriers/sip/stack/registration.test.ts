import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../harness/until.ts';
import { T1 } from './raw-calls.ts';
import { field, RawPhone } from './raw-phone.ts';
import { startAgent } from './stack-setup.ts';

async function registering() {
  const registrar = await RawPhone.start();
  const account = { registrar: registrar.uri.replace('phone@', ''), username: 'ann', password: 'secret' };
  const agent = await startAgent(account, { t1: T1 });
  return { agent, registrar, register: await registrar.next('REGISTER') };
}

test('the name is registered at the start, and again before the registrar forgets it', async () => {
  const { agent, registrar, register } = await registering();
  assert.equal(agent.status().registration, 'registering');
  assert.match(field(register, 'To'), /^<sip:ann@127\.0\.0\.1/);
  const contact = `Contact: <sip:other@192.0.2.1>;expires=900, <${agent.contact}>;expires=2`;
  registrar.respond(register, '200 OK', { headers: [contact] });
  await until('registered', () => agent.status().registration === 'registered');
  const again = await registrar.next('REGISTER');
  assert.equal(field(again, 'Call-ID'), field(register, 'Call-ID'));
  assert.equal(field(again, 'CSeq'), '2 REGISTER');
});

test('a registrar that wants to be asked less often is', async () => {
  const { registrar, register } = await registering();
  registrar.respond(register, '423 Interval Too Brief', { headers: ['Min-Expires: 7200'] });
  assert.equal(field(await registrar.next('REGISTER'), 'Expires'), '7200');
});

test('a registrar that fails is asked again, and the failure can be seen', async () => {
  const { agent, registrar, register } = await registering();
  registrar.respond(register, '500 Server Internal Error');
  await until('a failure', () => agent.status().registration !== 'registering');
  assert.deepEqual(agent.status().registration, { failure: '500 Server Internal Error' });
  registrar.respond(await registrar.next('REGISTER'), '200 OK');
  await until('registered', () => agent.status().registration === 'registered');
});

test('a registrar that is not there is asked again', async () => {
  const { agent } = await registering();
  const { failure } = await until('a failure', () => {
    const { registration } = agent.status();
    return typeof registration === 'object' && registration;
  });
  assert.equal(failure, '408 no answer');
});

test('a registrar that would keep the name for ever is not asked again at once', async () => {
  const { agent, registrar, register } = await registering();
  registrar.respond(register, '200 OK', { headers: ['Expires: 4294967295'] });
  await until('registered', () => agent.status().registration === 'registered');
  await new Promise((resolve) => setTimeout(resolve, T1));
  assert.equal(registrar.received.length, 1);
});

test('a registrar that wants never to be asked fails', async () => {
  const { agent, registrar, register } = await registering();
  registrar.respond(register, '423 Interval Too Brief', { headers: ['Min-Expires: 4294967295'] });
  await until('a failure', () => agent.status().registration !== 'registering');
  assert.deepEqual(agent.status().registration, { failure: '423 Interval Too Brief' });
});
