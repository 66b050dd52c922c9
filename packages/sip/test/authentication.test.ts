import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import type { SavedLeg } from '../src/user-agent/saved-leg.ts';
import { ringUp, T1 } from './raw-calls.ts';
import { prepare, startAgent } from './test-agent.ts';

const ACCOUNT = { username: 'ann', password: 'a "secret"', realms: ['pbx'] };
const MD5 = 'WWW-Authenticate: Digest realm="pbx", nonce="m1", algorithm=MD5, qop="auth"';
const SHA256 =
  'WWW-Authenticate: Digest realm="pbx", nonce="s1", opaque="o", algorithm=SHA-256, qop="auth,auth-int"';

/** The parameters of the digest in a request. Checks that its response is right. */
function readDigest(request: string, header = 'Authorization'): Record<string, string> {
  const text = field(request, header);
  const given = Object.fromEntries(
    [...text.matchAll(/(\w+)=(?:"((?:\\.|[^"])*)"|([^\s,]+))/g)].map(([, name, quoted, plain]) => [
      name,
      quoted ?? plain,
    ]),
  ) as Record<string, string>;
  const { realm, nonce, nc, cnonce, qop, uri, response, algorithm } = given;
  const hash = (...parts: (string | undefined)[]) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(parts.join(':'))
      .digest('hex');
  const [secret, asked] = [hash('ann', realm, ACCOUNT.password), hash(request.split(' ')[0], uri)];
  assert.equal(response, qop ? hash(secret, nonce, nc, cnonce, qop, asked) : hash(secret, nonce, asked));
  assert.equal(uri, request.split(' ')[1]);
  return given;
}

async function challenged(...headers: string[]) {
  const [agent, phone] = [await startAgent(ACCOUNT, { t1: T1 }), await RawPhone.start()];
  const call = await ringUp(agent, phone);
  phone.respond(call.invite, '401 Unauthorized', { headers });
  return { agent, phone, ...call };
}

for (const [name, headers] of [
  ['first', [SHA256, MD5]],
  ['last', [MD5, SHA256]],
] as const) {
  test(`SHA-256 is preferred if it is offered ${name}`, async () => {
    const { phone } = await challenged(...headers);
    await phone.next('ACK');
    const digest = readDigest(await phone.next('INVITE'));
    assert.deepEqual(
      [digest['algorithm'], digest['nc'], digest['qop'], digest['opaque']],
      ['SHA-256', '00000001', 'auth', 'o'],
    );
  });
}

test('a challenge without qop is answered', async () => {
  const { phone } = await challenged('WWW-Authenticate: Digest realm="pbx", nonce="old"');
  const digest = readDigest(await phone.next('INVITE'));
  assert.deepEqual([digest['algorithm'], digest['cnonce']], ['MD5', undefined]);
});

test('a challenge with an unknown algorithm is a refusal', async () => {
  const { answered } = await challenged(
    'WWW-Authenticate: Digest realm="pbx", nonce="n", algorithm=WHIRLPOOL',
  );
  await assert.rejects(answered, { code: 401, local: false });
});

test('a stale nonce is replaced once; a wrong password is not sent again', async () => {
  const { phone, answered } = await challenged(SHA256);
  const stale = SHA256.replace('s1', 's2').replace('Digest', 'Digest stale=true,');
  phone.respond(await phone.next('INVITE'), '401 Unauthorized', { headers: [stale] });
  const again = await phone.next('INVITE');
  const digest = readDigest(again);
  assert.deepEqual([digest['nonce'], digest['nc']], ['s2', '00000001']);
  phone.respond(again, '401 Unauthorized', { headers: [SHA256] });
  await assert.rejects(
    answered,
    (error: Error) => !error.message.includes('secret') && error.message === '401 Unauthorized',
  );
});

test('a re-INVITE and a BYE that are challenged are sent again', async () => {
  const { phone, answered, leg } = await challenged(SHA256);
  phone.respond(await phone.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  (await answered).ack();
  await phone.next('ACK');
  const proxy = SHA256.replace('WWW', 'Proxy');

  const refreshed = leg.refresh();
  phone.respond(await phone.next('INVITE'), '407 Proxy Authentication Required', { headers: [proxy] });
  const second = await phone.next('INVITE');
  readDigest(second, 'Proxy-Authorization');
  phone.respond(second, '200 OK', { sdp: PHONE_SDP });
  (await refreshed).ack();
  await phone.next('ACK');

  const over = leg.hangUp();
  phone.respond(await phone.next('BYE'), '407 Proxy Authentication Required', { headers: [proxy] });
  const bye = await phone.next('BYE');
  readDigest(bye, 'Proxy-Authorization');
  assert.deepEqual(
    [field(second, 'CSeq'), field(bye, 'CSeq')],
    ['4 INVITE', '6 BYE'],
    'each request has its own number',
  );
  phone.respond(bye, '200 OK');
  await over;
});

test('hanging up before the challenge arrives sends no second INVITE', async () => {
  const [agent, phone] = [await startAgent(ACCOUNT, { t1: T1 }), await RawPhone.start()];
  const { leg, answered, invite } = await ringUp(agent, phone);
  const over = leg.hangUp();
  phone.respond(invite, '401 Unauthorized', { headers: [SHA256] });
  await assert.rejects(answered, { code: 401 });
  await over;
  await phone.next('ACK');
  assert.equal(
    phone.received.filter((raw) => /^(INVITE|CANCEL)/.test(raw) && field(raw, 'CSeq') !== '1 INVITE').length,
    0,
  );
});

test('the log has neither digests nor keys of media', async () => {
  const { phone, agent, answered } = await challenged(SHA256);
  const invite = await phone.next('INVITE');
  const { response = 'none' } = readDigest(invite);
  phone.respond(invite, '200 OK', {
    sdp: `${PHONE_SDP}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\nk=base64:c2VjcmV0\r\n`,
  });
  assert.match((await answered).sdp ?? '', /inline:c2VjcmV0/);
  const logged = JSON.stringify(agent.recorded.trace);
  assert.ok(!logged.includes(response) && !logged.includes('c2VjcmV0'), logged);
  assert.ok(agent.recorded.messages.includes('received 401 INVITE'));
});

test('another process also cancels the INVITE with credentials, which was not saved', async () => {
  const phone = await RawPhone.start();
  const settings = { ...ACCOUNT, proxy: phone.uri };
  const dead = await startAgent(settings, { t1: T1 });
  const { leg } = prepare(dead, 'sip:bob@pbx');
  const before = JSON.parse(JSON.stringify(leg.saved)) as SavedLeg;
  leg.call().catch(() => {});
  phone.respond(await phone.next('INVITE'), '407 Proxy Authentication Required', {
    headers: [SHA256.replace('WWW', 'Proxy')],
  });
  const invite = await phone.next('INVITE');
  phone.respond(invite, '180 Ringing');
  await dead.close();

  const over = (await startAgent(settings, { t1: T1 })).releaseLeg(before);
  const cancels = [await phone.next('CANCEL'), await phone.next('CANCEL')];
  const known = cancels.find((cancel) => field(cancel, 'Via') === field(invite, 'Via'));
  assert.equal(field(known ?? '', 'CSeq'), '2 CANCEL');
  const answered = performance.now();
  phone.respond(known ?? '', '200 OK');
  await over;
  const waited = performance.now() - answered;
  assert.ok(waited < 32 * T1, `${waited} ms waiting for a proxy that does not know the other INVITE`);
});

test('a challenged request does not keep the process alive', async () => {
  const waiting = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
  const before = waiting();
  const { agent, phone, answered } = await challenged(SHA256);
  phone.respond(await phone.next('INVITE'), '486 Busy Here');
  await assert.rejects(answered, { code: 486 });
  await agent.close();
  assert.ok(waiting() <= before, `${waiting()} timers`);
});
