import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { Core } from '../../../packages/sip/vendor/sip.js/index.js';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { bodyOf, field, PHONE_SDP, type RawPhone } from '../../peers/raw-phone.ts';
import { startRawStage } from './raw-stage.ts';

const app = await startApp();
const MOVED = PHONE_SDP.replace('4000', '4242');
const MOVED_AGAIN = PHONE_SDP.replace('4000', '4343');
const CALLEE = PHONE_SDP.replace('4000', '5000');
const KEYS = PHONE_SDP.replace('RTP/AVP', 'RTP/SAVP').concat(
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'A'.repeat(40)}\r\n`,
);
const CALLEE_MOVED = PHONE_SDP.replace('4000', '5252');

const media = (body: string) => body.replace(/^[vos]=.*\r\n/gm, '');

const finalResponse = (phone: RawPhone, method: string) =>
  until(`a response to ${method}`, () =>
    phone.received.find((raw) => /^SIP\/2\.0 [2-6]/.test(raw) && raw.includes(` ${method}\r\n`)),
  );

/** The caller's phone has answered, and the callee's rings. */
async function ring(sdp = PHONE_SDP) {
  const stage = await startRawStage(app);
  const { caller, callee } = stage;
  stage.carrier.originate(await stage.insertCall());
  const first = await caller.next('INVITE');
  caller.respond(first, '200 OK', { sdp });
  const invite = await callee.next('INVITE');
  callee.respond(invite, '180 Ringing');

  /** The caller's phone sends another description, and is put on hold. */
  async function move(sdp: string): Promise<void> {
    caller.request('INVITE', first, { sdp });
    await finalResponse(caller, 'INVITE');
    caller.request('ACK', first);
  }

  async function talkAndHangUp(): Promise<void> {
    callee.respond(invite, '200 OK', { sdp: CALLEE });
    await callee.next('ACK');
    await until('it is connected', () => stage.reported.includes('connected'));
    caller.request('BYE', first);
    await callee.next('BYE');
  }

  return { ...stage, first, invite, move, talkAndHangUp };
}

/** Sends early media, reliably, so that the exchange of descriptions is over (RFC 3262). */
function progress(callee: RawPhone, invite: string): void {
  const headers = ['Require: 100rel', 'RSeq: 1', 'Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE'];
  callee.respond(invite, '183 Session Progress', { sdp: CALLEE, headers });
  callee.next('PRACK').then((prack) => callee.respond(prack, '200 OK'));
}

/** Whenever an UPDATE is sent in the dialog of this INVITE, sip.js throws. */
function breakUpdates(invite: string) {
  const { createOutgoingRequestMessage: create } = Core.SessionDialog.prototype;
  return mock.method(
    Core.SessionDialog.prototype,
    'createOutgoingRequestMessage',
    function (this: Core.SessionDialog, ...[method, options]: Parameters<typeof create>) {
      if (method === 'UPDATE' && this.callId === field(invite, 'Call-ID')) throw new Error('a bug');
      return create.call(this, method, options);
    },
  );
}

const invitesOf = ({ received }: RawPhone) => received.filter((raw) => raw.startsWith('INVITE')).length;

/** Answers the next re-INVITE. @returns the description in it */
async function agree(phone: RawPhone, sdp: string): Promise<string> {
  const offered = await phone.next('INVITE');
  phone.respond(offered, '200 OK', { sdp });
  await phone.next('ACK');
  return media(bodyOf(offered));
}

suite('a caller’s phone that changes its description while the callee’s rings', { concurrency: true }, () => {
  for (const method of ['INVITE', 'UPDATE']) {
    test(`by ${method} stays on hold, and the callee learns where it is`, async () => {
      const { caller, callee, first, invite } = await ring();
      await caller.next('ACK');
      caller.request(method, first, { sdp: MOVED });
      const held = await finalResponse(caller, method);
      assert.match(held, /^SIP\/2\.0 200 /);
      assert.match(bodyOf(held), /^m=audio 9 RTP\/AVP 0\r\n.*^a=inactive\r\n$/ms);
      if (method === 'INVITE') caller.request('ACK', first);
      callee.respond(invite, '200 OK', { sdp: CALLEE });
      assert.equal(await agree(caller, MOVED), media(CALLEE));
      assert.equal(await agree(callee, CALLEE), media(MOVED));
    });
  }

  test('gets early media again', async () => {
    const { caller, callee, first, invite, reported } = await ring();
    await caller.next('ACK');
    callee.respond(invite, '183 Session Progress', { sdp: CALLEE });
    assert.equal(await agree(caller, PHONE_SDP), media(CALLEE));
    caller.request('INVITE', first, { sdp: MOVED });
    assert.match(await finalResponse(caller, 'INVITE'), /^a=inactive/m);
    caller.request('ACK', first);
    assert.equal(await agree(caller, MOVED), media(CALLEE));
    assert.ok(!reported.includes('connected'));
    callee.respond(invite, '200 OK', { sdp: CALLEE });
    assert.equal(await agree(callee, CALLEE), media(MOVED));
  });

  for (const method of ['INVITE', 'UPDATE']) {
    test(`by ${method} gets early media at its new address`, async () => {
      const { caller, callee, first, invite, talkAndHangUp } = await ring();
      await caller.next('ACK');
      progress(callee, invite);
      assert.equal(await agree(caller, PHONE_SDP), media(CALLEE));
      caller.request(method, first, { sdp: MOVED });
      await finalResponse(caller, method);
      if (method === 'INVITE') caller.request('ACK', first);
      assert.equal(await agree(caller, MOVED), media(CALLEE));
      const update = await callee.next('UPDATE');
      assert.equal(media(bodyOf(update)), media(MOVED));
      callee.respond(update, '200 OK', { sdp: CALLEE });
      await talkAndHangUp();
      assert.equal(invitesOf(callee), 1, 'the callee knows the new address');
    });
  }

  test('that moves again before the response to UPDATE gets early media at its last address', async () => {
    const { caller, callee, invite, talkAndHangUp, move } = await ring();
    await caller.next('ACK');
    progress(callee, invite);
    await agree(caller, PHONE_SDP);
    await move(MOVED);
    await agree(caller, MOVED);
    const update = await callee.next('UPDATE');
    await move(MOVED_AGAIN);
    await agree(caller, MOVED_AGAIN);
    callee.respond(update, '200 OK', { sdp: CALLEE });
    const second = await callee.next('UPDATE');
    assert.equal(media(bodyOf(second)), media(MOVED_AGAIN));
    callee.respond(second, '200 OK', { sdp: CALLEE });
    await talkAndHangUp();
    assert.equal(invitesOf(callee), 1, 'the callee knows the last address');
  });

  test('before there is early media gets it at its new address', async () => {
    const { caller, callee, invite, move } = await ring();
    await caller.next('ACK');
    await move(MOVED);
    progress(callee, invite);
    assert.equal(await agree(caller, MOVED), media(CALLEE));
    const update = await callee.next('UPDATE');
    assert.equal(media(bodyOf(update)), media(MOVED));
    callee.respond(update, '200 OK', { sdp: CALLEE_MOVED });
    assert.equal(await agree(caller, MOVED), media(CALLEE_MOVED));
  });

  test('gets the media at its new address after the answer, if the callee’s phone refuses to change its offer', async () => {
    const { caller, callee, invite, move } = await ring();
    await caller.next('ACK');
    progress(callee, invite);
    await agree(caller, PHONE_SDP);
    await move(MOVED);
    await agree(caller, MOVED);
    callee.respond(await callee.next('UPDATE'), '488 Not Acceptable Here');
    callee.respond(invite, '200 OK', { sdp: CALLEE });
    assert.equal(await agree(callee, CALLEE), media(MOVED));
  });

  test('gets the media at its new address after the answer, if that comes before the response to UPDATE', async () => {
    const { caller, callee, invite, move } = await ring();
    await caller.next('ACK');
    progress(callee, invite);
    await agree(caller, PHONE_SDP);
    await move(MOVED);
    await agree(caller, MOVED);
    await callee.next('UPDATE');
    callee.respond(invite, '200 OK', { sdp: CALLEE });
    assert.equal(await agree(callee, CALLEE), media(MOVED));
  });

  test('gets early media at its next address, after an UPDATE that failed because of a bug', async () => {
    const { caller, callee, invite, errors, talkAndHangUp, move } = await ring();
    await caller.next('ACK');
    progress(callee, invite);
    await agree(caller, PHONE_SDP);
    const broken = breakUpdates(invite);
    await move(MOVED);
    await agree(caller, MOVED);
    await until('the error is logged', () => errors.length > 0);
    broken.mock.restore();
    await move(MOVED_AGAIN);
    await agree(caller, MOVED_AGAIN);
    const update = await callee.next('UPDATE');
    assert.equal(media(bodyOf(update)), media(MOVED_AGAIN));
    callee.respond(update, '200 OK', { sdp: CALLEE });
    await talkAndHangUp();
    assert.deepEqual(errors, ['sip: no early media for the caller; the call continues']);
  });

  test('without an offer gets the description that it has', async () => {
    const { caller, first } = await ring();
    const held = bodyOf(await caller.next('ACK'));
    caller.request('INVITE', first);
    assert.equal(media(bodyOf(await finalResponse(caller, 'INVITE'))), media(held));
  });

  test('must wait until its own first offer is answered', async () => {
    const { caller, callee, first, invite } = await ring(KEYS);
    caller.request('UPDATE', first, { sdp: KEYS });
    assert.match(await finalResponse(caller, 'UPDATE'), /^SIP\/2\.0 491 /);
    callee.respond(invite, '200 OK', { sdp: KEYS });
    assert.equal(media(bodyOf(await caller.next('ACK'))), media(KEYS));
  });
});
