import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import { connect, ringUp, T1 } from './raw-calls.ts';
import { OFFER, startAgent } from './test-agent.ts';

const ACCOUNT = { username: 'server', password: 'secret' };
const PROXY = 'Proxy-Authenticate: Digest realm="proxy.test", nonce="p1", qop="auth", algorithm=SHA-256';
const PBX = 'WWW-Authenticate: Digest realm="pbx.test", nonce="w1"';
const PROXY_REQUIRED = '407 Proxy Authentication Required';

/** An INVITE to a proxy whose realm, and that of the PBX behind it, get credentials. */
async function callThroughProxy(realms = ['proxy.test', 'pbx.test']) {
  const phone = await RawPhone.start();
  const agent = await startAgent({ ...ACCOUNT, proxy: phone.uri, realms }, { t1: T1 });
  return { agent, phone, ...(await ringUp(agent, phone)) };
}

/** Whether a request has valid credentials for a challenge with this nonce. */
function isValid(request: string, name: string, realm: string, nonce: string): boolean {
  const value = request
    .split('\r\n')
    .find((line) => line.startsWith(`${name}: `) && line.includes(`realm="${realm}"`));
  const read = (key: string) => new RegExp(`[ ,]${key}="?([^",]+)`).exec(value ?? '')?.[1] ?? '';
  const hash = (...parts: string[]) =>
    createHash(read('algorithm') === 'SHA-256' ? 'sha256' : 'md5')
      .update(parts.join(':'))
      .digest('hex');
  const secret = hash('server', realm, 'secret');
  const target = hash(request.split(' ')[0] ?? '', read('uri'));
  const expected = read('qop')
    ? hash(secret, nonce, read('nc'), read('cnonce'), 'auth', target)
    : hash(secret, nonce, target);
  return read('nonce') === nonce && read('response') === expected;
}

test('the challenges of a proxy and of the PBX behind it are both answered', async () => {
  const { phone, invite, answered } = await callThroughProxy();
  phone.respond(invite, PROXY_REQUIRED, { headers: [PROXY] });
  const second = await phone.next('INVITE');
  assert.ok(isValid(second, 'Proxy-Authorization', 'proxy.test', 'p1'), second);
  phone.respond(second, '401 Unauthorized', { headers: [PBX] });
  const third = await phone.next('INVITE');
  assert.ok(isValid(third, 'Proxy-Authorization', 'proxy.test', 'p1'), third);
  assert.ok(isValid(third, 'Authorization', 'pbx.test', 'w1'), third);
  assert.deepEqual(
    [invite, second, third].map((raw) => field(raw, 'CSeq')),
    ['1 INVITE', '2 INVITE', '3 INVITE'],
  );
  phone.respond(third, '486 Busy Here');
  await assert.rejects(answered, { code: 486 });
});

test('two proxies in a row get their own credentials', async () => {
  const { phone, invite, answered } = await callThroughProxy();
  phone.respond(invite, PROXY_REQUIRED, { headers: [PROXY] });
  const other = PROXY.replace('proxy.test', 'pbx.test').replace('p1', 'p2');
  phone.respond(await phone.next('INVITE'), PROXY_REQUIRED, { headers: [other] });
  const third = await phone.next('INVITE');
  assert.ok(isValid(third, 'Proxy-Authorization', 'proxy.test', 'p1'), third);
  assert.ok(isValid(third, 'Proxy-Authorization', 'pbx.test', 'p2'), third);
  phone.respond(third, '486 Busy Here');
  await assert.rejects(answered, { code: 486 });
});

test('a nonce that has expired is replaced, and refused credentials are not sent again', async () => {
  const { phone, invite, answered } = await callThroughProxy();
  phone.respond(invite, PROXY_REQUIRED, { headers: [PROXY] });
  const stale = `${PROXY.replace('p1', 'p2')}, stale=TRUE`;
  phone.respond(await phone.next('INVITE'), PROXY_REQUIRED, { headers: [stale] });
  const third = await phone.next('INVITE');
  assert.ok(isValid(third, 'Proxy-Authorization', 'proxy.test', 'p2'), third);
  phone.respond(third, PROXY_REQUIRED, { headers: [PROXY.replace('p1', 'p3')] });
  await assert.rejects(answered, { code: 407 });
});

test('a server that calls every nonce expired is not answered for ever', async () => {
  const { phone, invite, answered } = await callThroughProxy();
  let request = invite;
  for (let nonce = 1; nonce <= 3; nonce++) {
    phone.respond(request, PROXY_REQUIRED, { headers: [`${PROXY.replace('p1', `n${nonce}`)}, stale=true`] });
    request = await phone.next('INVITE');
  }
  phone.respond(request, PROXY_REQUIRED, { headers: [`${PROXY}, stale=true`] });
  await assert.rejects(answered, { code: 407 });
});

test('each branch that may be used is in the record before the first INVITE', async () => {
  const { phone, invite, answered, saved, leg } = await callThroughProxy();
  const record = leg.saved;
  phone.respond(invite, PROXY_REQUIRED, { headers: [PROXY] });
  phone.respond(await phone.next('INVITE'), '401 Unauthorized', { headers: [PBX] });
  const third = await phone.next('INVITE');
  assert.deepEqual(saved, []);
  assert.ok(
    record.phase === 'calling' && record.tries.some(({ branch }) => field(third, 'Via').includes(branch)),
  );
  phone.respond(third, '486 Busy Here');
  await assert.rejects(answered, { code: 486 });
});

for (const [status, header, name] of [
  [PROXY_REQUIRED, PROXY, 'Proxy-Authorization'],
  ['401 Unauthorized', PROXY.replace('Proxy-', 'WWW-'), 'Authorization'],
] as const) {
  test(`a re-INVITE, an INFO and a BYE that are challenged with ${status.slice(0, 3)} are repeated with credentials`, async () => {
    const { phone, leg } = await connect([], { ...ACCOUNT, realms: ['proxy.test'] });
    const challengeNext = async (method: string) => {
      const request = await phone.next(method);
      phone.respond(request, status, { headers: [header] });
      const repeated = await phone.next(method);
      assert.ok(isValid(repeated, name, 'proxy.test', 'p1'), repeated);
      assert.ok(Number.parseInt(field(repeated, 'CSeq'), 10) > Number.parseInt(field(request, 'CSeq'), 10));
      return repeated;
    };
    const refreshed = leg.reInvite(OFFER);
    phone.respond(await challengeNext('INVITE'), '200 OK', { sdp: PHONE_SDP });
    (await refreshed).ack();
    const informed = leg.sendInfo({ contentType: 'application/dtmf-relay', content: 'Signal=1\r\n' });
    phone.respond(await challengeNext('INFO'), '200 OK');
    await informed;
    const over = leg.hangUp();
    phone.respond(await challengeNext('BYE'), '200 OK');
    assert.equal(await over, true);
  });
}
