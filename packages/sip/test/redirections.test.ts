import assert from 'node:assert/strict';
import { test } from 'node:test';
import { field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import { T1 } from './raw-calls.ts';
import { CALLER, OFFER, observe, startAgent } from './test-agent.ts';

const MOVED = '302 Moved Temporarily';

/** A phone that has the INVITE of a call. @param allowed the redirections that are allowed */
async function callOf(allowed: (uri: string) => boolean = () => true) {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const judged: string[] = [];
  const leg = observe((events) =>
    agent.prepareLeg(
      {
        ...{ to: phone.uri, from: CALLER, offer: OFFER, headers: [] },
        mayRedirect: async (uri) => {
          judged.push(uri);
          return allowed(uri);
        },
      },
      events,
    ),
  );
  const answered = leg.leg.call();
  answered.catch(() => {});
  return { agent, phone, judged, answered, ...leg, invite: await phone.next('INVITE') };
}

const named = (phone: RawPhone, name: string) => phone.uri.replace('phone@', `${name}@`);

test('a 302 is followed to its Contact, with the same call and the next sequence number', async () => {
  const { phone, invite, answered, saved, forgotten } = await callOf();
  const other = await RawPhone.start();
  phone.respond(invite, MOVED, { contact: `<${other.uri};method=INVITE?Subject=x>` });
  await phone.next('ACK');
  const next = await other.next('INVITE');
  assert.equal(next.split(' ')[1], other.uri);
  assert.deepEqual(
    [field(next, 'CSeq'), field(next, 'To'), field(next, 'Call-ID')],
    ['2 INVITE', field(invite, 'To'), field(invite, 'Call-ID')],
  );
  const [record] = saved;
  assert.ok(record?.phase === 'calling' && record.requestUri === other.uri, 'stored before');
  other.respond(next, '200 OK', { sdp: PHONE_SDP });
  (await answered).ack();
  await other.next('ACK');
  assert.equal(forgotten.length, 1);
});

test('several Contacts are tried by preference, until one answers', async () => {
  const { phone, invite, answered, judged } = await callOf((uri) => !uri.includes('denied'));
  const [a, b, c] = ['denied', 'best', 'worst'].map((name) => named(phone, name));
  phone.respond(invite, MOVED, { contact: `<${c}>;q=0.1, <${b}>;q=0.9, <${a}>` });
  const best = await phone.next('INVITE');
  assert.equal(best.split(' ')[1], b);
  phone.respond(best, '480 Temporarily Unavailable');
  const worst = await phone.next('INVITE');
  assert.equal(worst.split(' ')[1], c);
  phone.respond(worst, '486 Busy Here');
  await assert.rejects(answered, { code: 486 });
  assert.deepEqual(judged, [a, b, c]);
});

test('a phone that declines for all phones of the callee ends the call', async () => {
  const { phone, invite, answered } = await callOf();
  phone.respond(invite, MOVED, { contact: `<${named(phone, 'a')}>, <${named(phone, 'b')}>` });
  phone.respond(await phone.next('INVITE'), '603 Decline');
  await assert.rejects(answered, { code: 603 });
});

test('phones that forward to each other make no loop', async () => {
  const { phone, invite, answered, judged } = await callOf();
  const other = named(phone, 'other');
  phone.respond(invite, MOVED, { contact: `<${other}>` });
  phone.respond(await phone.next('INVITE'), MOVED, {
    contact: `<${phone.uri.toUpperCase().replace('SIP:', 'sip:')}>, <${other}>`,
  });
  await assert.rejects(answered, { code: 302 });
  assert.deepEqual(judged, [other]);
});

test('five redirections are followed, and the sixth ends the call', async () => {
  const { phone, invite, answered } = await callOf();
  let request = invite;
  for (let hop = 1; hop <= 5; hop++) {
    phone.respond(request, MOVED, { contact: `<${named(phone, `hop${hop}`)}>` });
    request = await phone.next('INVITE');
  }
  phone.respond(request, MOVED, { contact: `<${named(phone, 'hop6')}>` });
  await assert.rejects(answered, { code: 302 });
  assert.equal(phone.received.filter((raw) => raw.startsWith('INVITE')).length, 6);
});

test('a target that is not allowed, or is no SIP URI, is not called', async () => {
  const { phone, invite, answered } = await callOf(() => false);
  phone.respond(invite, MOVED, { contact: `<${named(phone, 'premium')}>, <mailto:a@b>` });
  await assert.rejects(answered, { code: 302, local: false });
  assert.equal(phone.received.filter((raw) => raw.startsWith('INVITE')).length, 1);
});

test('hanging up during a redirection calls no other phone', async () => {
  const decision = Promise.withResolvers<boolean>();
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { leg } = observe((events) =>
    agent.prepareLeg(
      { to: phone.uri, from: CALLER, offer: OFFER, headers: [], mayRedirect: () => decision.promise },
      events,
    ),
  );
  const answered = leg.call();
  answered.catch(() => {});
  phone.respond(await phone.next('INVITE'), MOVED, { contact: `<${named(phone, 'other')}>` });
  await phone.next('ACK');
  const over = leg.hangUp();
  decision.resolve(true);
  assert.equal(await over, true);
  await assert.rejects(answered, { local: true });
  assert.equal(phone.received.filter((raw) => raw.startsWith('INVITE')).length, 1);
});
