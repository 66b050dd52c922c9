import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { field, RawPhone } from '../../../test/peers/raw-phone.ts';
import { T1 } from './raw-calls.ts';
import { startAgent } from './test-agent.ts';

async function registering() {
  const registrar = await RawPhone.start();
  const account = { registrar: registrar.uri.replace('phone@', ''), username: 'ann', password: 'secret' };
  const agent = await startAgent(account, { t1: T1 });
  return { agent, registrar, register: await registrar.next('REGISTER') };
}

test('the name is registered at start, and again before the entry expires', async () => {
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

test('a longer minimum of the registrar is used', async () => {
  const { registrar, register } = await registering();
  registrar.respond(register, '423 Interval Too Brief', { headers: ['Min-Expires: 7200'] });
  assert.equal(field(await registrar.next('REGISTER'), 'Expires'), '7200');
});

test('after a failure registration is retried, and the status shows the failure', async () => {
  const { agent, registrar, register } = await registering();
  registrar.respond(register, '500 Server Internal Error');
  await until('a failure', () => agent.status().registration !== 'registering');
  assert.deepEqual(agent.status().registration, { failure: '500 Server Internal Error' });
  registrar.respond(await registrar.next('REGISTER'), '200 OK');
  await until('registered', () => agent.status().registration === 'registered');
});

test('a registrar that does not respond is a failure', async () => {
  const { agent } = await registering();
  const { failure } = await until('a failure', () => {
    const { registration } = agent.status();
    return typeof registration === 'object' && registration;
  });
  assert.equal(failure, '408 no response');
});

test('a very long expiry does not register again at once', async () => {
  const { agent, registrar, register } = await registering();
  registrar.respond(register, '200 OK', { headers: ['Expires: 4294967295'] });
  await until('registered', () => agent.status().registration === 'registered');
  await new Promise((resolve) => setTimeout(resolve, T1));
  assert.equal(registrar.received.length, 1);
});

test('a minimum that is too long is a failure', async () => {
  const { agent, registrar, register } = await registering();
  registrar.respond(register, '423 Interval Too Brief', { headers: ['Min-Expires: 4294967295'] });
  await until('a failure', () => agent.status().registration !== 'registering');
  assert.deepEqual(agent.status().registration, { failure: '423 Interval Too Brief' });
});
