import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { DisconnectionReason } from '../../../src/core/calls/call.ts';
import type { AdminCall } from '../../../src/web/representations/admin-call.ts';
import { ending, inWords } from '../../core/calls/lives.ts';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { type MessageOptions, PHONE_SDP, RawPhone } from '../../peers/raw-phone.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { addCaller } from '../caller.ts';

const [anna, bert] = [await RawPhone.start(), await RawPhone.start()];
const app = await startApp({
  ...{ CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0', CALLS_PER_MINUTE: '1000' },
  ...{ SIP_CALLER_ADDRESS: anna.uri, SIP_CALLEE_ADDRESS: bert.uri },
});
const caller = await addCaller(app, 'caller');
const administrator = await addAdministrator(app);

const NUMBER = '+442079460700';
const q850 = (cause: number, text = ''): MessageOptions => ({
  headers: [`Reason: Q.850;cause=${cause}${text && `;text="${text}"`}`],
});

async function causeOf(id: string) {
  const { causeLeg, sipStatus, q850Cause, causeText } = (
    await administrator.get(`/admin/calls/${id}`)
  ).json<AdminCall>();
  return { causeLeg, sipStatus, q850Cause, causeText };
}

/** Answers a phone, and acknowledges what the server sends to it. */
async function answer(phone: RawPhone): Promise<string> {
  const invite = await phone.next('INVITE');
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  await phone.next('ACK');
  return invite;
}

/** A call that this phone refuses. @returns its id */
async function refused(
  leg: 'caller' | 'callee',
  status: string,
  options: MessageOptions = {},
  rings = false,
): Promise<string> {
  const id = await caller.open(app, NUMBER);
  if (leg === 'callee') await answer(anna);
  const phone = leg === 'caller' ? anna : bert;
  const invite = await phone.next('INVITE');
  if (rings) phone.respond(invite, '180 Ringing');
  phone.respond(invite, status, options);
  if (leg === 'callee') anna.respond(await anna.next('BYE'), '200 OK');
  return id;
}

/** Both phones talk. @returns the call, and the INVITEs that began the dialogs */
async function talk() {
  const id = await caller.open(app, NUMBER);
  const first = await answer(anna);
  const second = await answer(bert);
  const again = await anna.next('INVITE');
  anna.respond(again, '200 OK', { sdp: PHONE_SDP });
  await anna.next('ACK');
  await until('they talk', async () => (await caller.read(app, id)).state === 'connected');
  return { id, first, second };
}

const OWN = ['caller', 'callee'] as const;
type Reasons = readonly [DisconnectionReason, DisconnectionReason];

suite('the status of a phone that does not answer decides the reason', () => {
  for (const [status, reasons] of [
    ['486 Busy Here', ['callerBusy', 'calleeBusy']],
    ['600 Busy Everywhere', ['callerBusy', 'calleeBusy']],
    ['603 Decline', ['callerDeclined', 'calleeDeclined']],
    ['607 Unwanted', ['callerDeclined', 'calleeDeclined']],
    ['403 Forbidden', ['callerForbidden', 'calleeForbidden']],
    ['480 Temporarily Unavailable', ['callerNotRegistered', 'calleeNotRegistered']],
    ['404 Not Found', ['callerNotRegistered', 'calleeWrongNumber']],
    ['484 Address Incomplete', ['callerWrongNumber', 'calleeWrongNumber']],
    ['604 Does Not Exist Anywhere', ['callerWrongNumber', 'calleeWrongNumber']],
    ['410 Gone', ['callerWrongNumber', 'calleeWrongNumber']],
    ['408 Request Timeout', ['callerNoAnswer', 'calleeNoAnswer']],
    ['487 Request Terminated', ['callerNoAnswer', 'calleeNoAnswer']],
    ['500 Server Internal Error', ['networkFailure', 'networkFailure']],
    ['502 Bad Gateway', ['networkFailure', 'networkFailure']],
    ['504 Server Time-out', ['networkFailure', 'networkFailure']],
    ['400 Bad Request', ['callerFailure', 'calleeFailure']],
    ['401 Unauthorized', ['callerFailure', 'calleeFailure']],
    ['420 Bad Extension', ['callerFailure', 'calleeFailure']],
  ] as const satisfies readonly (readonly [string, Reasons])[]) {
    for (const [index, leg] of OWN.entries()) {
      test(`the ${leg}’s phone answers ${status}: ${reasons[index]}`, async () => {
        const id = await refused(leg, status);
        const state = /Busy/.test(reasons[index] ?? '') ? 'disconnected' : 'failed';
        assert.equal(inWords(await ending(app, id)), `${state}: ${reasons[index]}, by carrier`);
        assert.deepEqual(await causeOf(id), {
          ...{ causeLeg: leg, sipStatus: Number(status.slice(0, 3)) },
          ...{ q850Cause: null, causeText: status.slice(4) },
        });
      });
    }
  }
});

suite('a status that says little', () => {
  for (const [status, cause, reason] of [
    ['480 Temporarily Unavailable', 19, 'failed: calleeNoAnswer'],
    ['480 Temporarily Unavailable', 20, 'failed: calleeNotRegistered'],
    ['480 Temporarily Unavailable', 31, 'failed: calleeNotRegistered'],
    ['500 Server Internal Error', 1, 'failed: calleeWrongNumber'],
    ['500 Server Internal Error', 17, 'disconnected: calleeBusy'],
    ['502 Bad Gateway', 88, 'failed: noCommonMedia'],
    ['400 Bad Request', 28, 'failed: calleeWrongNumber'],
    ['400 Bad Request', 57, 'failed: calleeForbidden'],
  ] as const) {
    test(`${status} with cause ${cause} of Q.850: ${reason}`, async () => {
      const id = await refused('callee', status, q850(cause, 'in words'));
      assert.equal(inWords(await ending(app, id)), `${reason}, by carrier`);
      assert.deepEqual(await causeOf(id), {
        ...{ causeLeg: 'callee', sipStatus: Number(status.slice(0, 3)), q850Cause: cause },
        causeText: `${status.slice(4)}; in words`,
      });
    });
  }

  for (const [leg, reason] of [
    ['caller', 'callerNoAnswer'],
    ['callee', 'calleeNoAnswer'],
  ] as const) {
    test(`480 of the ${leg}’s phone after it rang: ${reason}`, async () => {
      const id = await refused(leg, '480 Temporarily Unavailable', {}, true);
      assert.equal(inWords(await ending(app, id)), `failed: ${reason}, by carrier`);
    });
  }

  test('a clear status is not changed by a cause of Q.850', async () => {
    const id = await refused('callee', '403 Forbidden', q850(21));
    assert.equal(inWords(await ending(app, id)), 'failed: calleeForbidden, by carrier');
    assert.equal((await causeOf(id)).q850Cause, 21);
  });
});

test('a phone that rings for too long was not answered', async () => {
  const id = await caller.open(app, NUMBER, { ringTimeout: 1 });
  const invite = await anna.next('INVITE');
  anna.respond(invite, '180 Ringing');
  anna.respond(await anna.next('CANCEL'), '200 OK');
  anna.respond(invite, '487 Request Terminated');
  assert.equal(inWords(await ending(app, id)), 'failed: callerNoAnswer, by carrier');
  assert.deepEqual(await causeOf(id), {
    ...{ causeLeg: 'caller', sipStatus: null, q850Cause: null, causeText: 'no answer within 1 s' },
  });
});

test('a phone whose proxy responds and that never rings was not answered', async () => {
  const id = await caller.open(app, NUMBER, { ringTimeout: 1 });
  const invite = await anna.next('INVITE');
  anna.respond(invite, '100 Trying');
  anna.respond(await anna.next('CANCEL'), '200 OK');
  anna.respond(invite, '487 Request Terminated');
  assert.equal(inWords(await ending(app, id)), 'failed: callerNoAnswer, by carrier');
});

test('a phone that does not respond until the ring timeout is a failure of the network', async () => {
  const id = await caller.open(app, NUMBER, { ringTimeout: 1 });
  const invite = await anna.next('INVITE');
  assert.equal(inWords(await ending(app, id)), 'failed: networkFailure, by carrier');
  assert.equal((await causeOf(id)).causeText, 'no response within 1 s');
  anna.respond(invite, '487 Request Terminated');
});

suite('a connected call', () => {
  for (const [reason, options, words, cause] of [
    ['without a reason', {}, 'hangUp', { sipStatus: null, q850Cause: null, causeText: null }],
    ['after normal clearing', q850(16), 'hangUp', { sipStatus: null, q850Cause: 16, causeText: null }],
    [
      'because the network failed',
      q850(38, 'network out of order'),
      ...['networkFailure', { sipStatus: null, q850Cause: 38, causeText: 'network out of order' }],
    ],
    [
      'because its media stopped',
      { headers: ['Reason: SIP;cause=503;text="RTP Timeout, \\"audio\\""'] },
      ...['networkFailure', { sipStatus: 503, q850Cause: null, causeText: 'RTP Timeout, "audio"' }],
    ],
    [
      'because it cannot play the media',
      { headers: ['Reason: SIP ;cause=488, Q.850;cause=65'] },
      ...['noCommonMedia', { sipStatus: 488, q850Cause: 65, causeText: null }],
    ],
    [
      'with the highest status and the highest cause',
      { headers: ['Reason: SIP;cause=699, Q.850;cause=127'] },
      ...['other', { sipStatus: 699, q850Cause: 127, causeText: null }],
    ],
    [
      'with numbers that are neither a status nor a cause',
      { headers: ['Reason: SIP;cause=700, Q.850;cause=128;text="Interworking"'] },
      ...['hangUp', { sipStatus: null, q850Cause: null, causeText: 'Interworking' }],
    ],
    [
      'with a reason that nobody can read',
      { headers: ['Reason: ;cause=38, "', 'Reason: Q.850;cause=many'] },
      ...['hangUp', { sipStatus: null, q850Cause: null, causeText: null }],
    ],
  ] as const) {
    test(`a phone hangs up ${reason}: ${words}`, async () => {
      const { id, second } = await talk();
      bert.request('BYE', second, options);
      anna.respond(await anna.next('BYE'), '200 OK');
      assert.equal(inWords(await ending(app, id)), `disconnected: ${words}, by carrier`);
      assert.deepEqual(await causeOf(id), { causeLeg: 'callee', ...cause });
    });
  }

  test('the caller hangs up: the cause names the caller', async () => {
    const { id, first } = await talk();
    anna.request('BYE', first);
    bert.respond(await bert.next('BYE'), '200 OK');
    assert.equal(inWords(await ending(app, id)), 'disconnected: hangUp, by carrier');
    assert.equal((await causeOf(id)).causeLeg, 'caller');
  });
});

test('the caller hangs up before the callee answers: the cause names the caller', async () => {
  const id = await caller.open(app, NUMBER);
  const first = await answer(anna);
  const invite = await bert.next('INVITE');
  bert.respond(invite, '180 Ringing');
  anna.request('BYE', first, q850(16));
  bert.respond(await bert.next('CANCEL'), '200 OK');
  bert.respond(invite, '487 Request Terminated');
  assert.equal(inWords(await ending(app, id)), 'disconnected: callerAbandon, by carrier');
  assert.deepEqual(await causeOf(id), {
    ...{ causeLeg: 'caller', sipStatus: null, q850Cause: 16, causeText: null },
  });
});

suite('the text of a cause', () => {
  test('is cut after 200 characters, and never within one', async () => {
    const id = await refused('caller', `486 ${'x'.repeat(199)}\u{1f4de}`);
    assert.equal(inWords(await ending(app, id)), 'disconnected: callerBusy, by carrier');
    assert.match((await causeOf(id)).causeText ?? '', /^x{199}\ufffd$/);
  });

  test('has no characters that the database refuses', async () => {
    const id = await refused('caller', '486 Busy', {
      headers: ['Reason: Q.850;cause=17;text="in\u0000\u0007use"'],
    });
    assert.equal(inWords(await ending(app, id)), 'disconnected: callerBusy, by carrier');
    assert.equal((await causeOf(id)).causeText, 'Busy; in use');
  });

  test('is removed with the numbers of the call, and the codes stay', async () => {
    const id = await refused('callee', '404 Not Found', {
      headers: ['Reason: Q.850;cause=1;text="+442079460700"'],
    });
    await ending(app, id);
    await app.sql('SELECT strip_calls(ARRAY[$1])', [id]);
    assert.deepEqual(await causeOf(id), {
      ...{ causeLeg: 'callee', sipStatus: 404, q850Cause: 1, causeText: null },
    });
  });
});

test('the caller’s phone gets the status of the callee’s as the reason of its BYE', async () => {
  for (const [status, reason] of [
    ['603 Decline', 'SIP;cause=603;text="Decline"'],
    ['404 Not Found', 'SIP;cause=404;text="Not Found"'],
    ['403 Forbidden', 'SIP;cause=403;text="Forbidden"'],
  ] as const) {
    const id = await refused('callee', status);
    await ending(app, id);
    const bye = anna.received.findLast((raw) => raw.startsWith('BYE')) ?? '';
    assert.match(bye, new RegExp(`\\r\\nReason: ${reason}`));
  }
});

test('applications see the reason, and not the cause', async () => {
  const id = await refused('callee', '603 Decline');
  await ending(app, id);
  const call: object = await caller.read(app, id);
  assert.equal((call as AdminCall).reason, 'calleeDeclined');
  for (const property of ['causeLeg', 'sipStatus', 'q850Cause', 'causeText'])
    assert.ok(!(property in call), property);
});

test('exports have the cause in columns of its own', async () => {
  const id = await refused('callee', '603 Decline', q850(21));
  await ending(app, id);
  const { text } = await administrator.get('/admin/calls/export?format=csv&reason=calleeDeclined');
  const [names = '', ...lines] = text.trimEnd().split('\n');
  assert.match(names, /,causeLeg,sipStatus,q850Cause,causeText$/);
  assert.match(
    lines.find((line) => line.startsWith(id)) ?? '',
    /,calleeDeclined,carrier,.*,callee,603,21,Decline$/,
  );
});
