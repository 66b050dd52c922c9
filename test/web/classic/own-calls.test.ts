import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { FORM, JSON_BODY, request } from '../../platform/http/request.ts';
import { getCall, getCalls, openCall, type ShownCall, stopCall } from './call.ts';

const app = await startApp();
const client = await addClassicClient(app);
const otherClient = await addClassicClient(app, 'Other');
await addUser(app, 'anna', { limit: 100 });
await addUser(app, 'bert', { limit: 100 });
const annas = await classicToken(app, client, 'anna');
const annasByOther = await classicToken(app, otherClient, 'anna');
const berts = await classicToken(app, client, 'bert');

async function rowOf(id: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await app.sql('SELECT state, reason, ended_by, ended_at FROM calls WHERE id = $1', [id]);
  return row;
}

suite('PUT token_call', () => {
  test('stops the call: 200, and the row is ended', async () => {
    const id = await openCall(app, annas);
    const answer = await stopCall(app, annas, id);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '');
    const row = await rowOf(id);
    assert.deepEqual(
      { ...row, ended_at: undefined },
      { state: 'disconnected', reason: 'hangUp', ended_by: 'client', ended_at: undefined },
    );
    assert.ok(row?.['ended_at'] instanceof Date);
  });

  test('a second time is 200 too, and changes nothing', async () => {
    const id = await openCall(app, annas);
    await stopCall(app, annas, id);
    const ended = await rowOf(id);
    const again = await stopCall(app, annas, id);
    assert.equal(again.status, 200);
    assert.deepEqual(await rowOf(id), ended);
  });

  test('stops a call that another client of the same user opened', async () => {
    const id = await openCall(app, annas);
    assert.equal((await stopCall(app, annasByOther, id)).status, 200);
    assert.equal((await rowOf(id))?.['state'], 'disconnected');
  });

  test('409 for another user’s call, which stays ongoing', async () => {
    const id = await openCall(app, berts);
    const answer = await stopCall(app, annas, id);
    assert.equal(answer.status, 409);
    assert.deepEqual(answer.json(), {
      error: 'call_not_found',
      message: `There is no call "${id}".`,
    });
    assert.equal((await rowOf(id))?.['state'], 'connected');
  });

  test('409 for an unknown call, in the same words', async () => {
    const answer = await stopCall(app, annas, 'unknown');
    assert.equal(answer.status, 409);
    assert.deepEqual(answer.json(), {
      error: 'call_not_found',
      message: 'There is no call "unknown".',
    });
  });

  test('409 for an id that no call can have: a lone surrogate in JSON', async () => {
    for (const escaped of ['\\ud800', 'a\\udc00b']) {
      const headers = { ...JSON_BODY, ...bearer(annas) };
      const answer = await request(app, 'PUT', '/rest/call', headers, `{"token_call":"${escaped}"}`);
      assert.equal(answer.status, 409, answer.text);
      assert.equal(answer.json()['error'], 'call_not_found');
    }
  });

  test('400 that names it for a zero byte, in a form and in JSON', async () => {
    for (const [type, body] of [
      [FORM, 'token_call=a%00'],
      [JSON_BODY, '{"token_call":"a\\u0000"}'],
    ] as const) {
      const answer = await request(app, 'PUT', '/rest/call', { ...type, ...bearer(annas) }, body);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json()['field'], 'token_call');
    }
  });

  for (const [what, body] of Object.entries({
    missing: '',
    empty: 'token_call=',
    'given twice': 'token_call=a&token_call=b',
  })) {
    test(`400 that names it when it is ${what}`, async () => {
      const answer = await request(app, 'PUT', '/rest/call', { ...FORM, ...bearer(annas) }, body);
      assert.equal(answer.status, 400);
      assert.equal(answer.json()['field'], 'token_call');
    });
  }
});

suite('GET token_call', () => {
  test('shows a call of another client of the same user, ongoing or ended', async () => {
    const id = await openCall(app, annas);
    assert.equal((await getCall(app, annasByOther, id)).json<ShownCall>().info.token, id);
    await stopCall(app, annas, id);
    const over = (await getCall(app, annasByOther, id)).json<ShownCall>();
    assert.equal(over.info.state, 'disconnected');
  });

  test('409 for another user’s call and for an unknown one, in the same words', async () => {
    const id = await openCall(app, berts);
    for (const unknown of [id, 'unknown']) {
      const answer = await getCall(app, annas, unknown);
      assert.equal(answer.status, 409);
      assert.deepEqual(answer.json(), {
        error: 'call_not_found',
        message: `There is no call "${unknown}".`,
      });
    }
  });
});

suite('GET without parameters', () => {
  test('lists the user’s ongoing calls of all clients, oldest first, and no other user’s', async () => {
    await addUser(app, 'carl', { limit: 100 });
    const carls = await classicToken(app, client, 'carl');
    const carlsByOther = await classicToken(app, otherClient, 'carl');
    assert.deepEqual((await getCalls(app, carls)).json(), []);

    const first = await openCall(app, carls, '+447700900001');
    const ended = await openCall(app, carls, '+447700900002');
    const third = await openCall(app, carlsByOther, '+447700900003');
    await openCall(app, berts);
    await stopCall(app, carls, ended);
    for (const token of [carls, carlsByOther]) {
      const answer = await getCalls(app, token);
      assert.equal(answer.status, 200);
      const calls = answer.json<ShownCall[]>();
      assert.deepEqual(
        calls.map(({ info, user }) => [info.token, info.number, info.end, user.username]),
        [
          [first, '+447700900001', 'Call Ongoing', 'carl'],
          [third, '+447700900003', 'Call Ongoing', 'carl'],
        ],
      );
    }

    await stopCall(app, carls, first);
    await stopCall(app, carls, third);
    const none = await getCalls(app, carls);
    assert.equal(none.status, 200);
    assert.equal(none.text, '[]');
  });
});
