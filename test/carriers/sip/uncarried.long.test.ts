import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { insertCalls, insertUser } from '../../core/calls/rows.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { freePort } from '../../harness/free-port.ts';
import { until } from '../../harness/until.ts';
import { field, PHONE_SDP, RawPhone } from '../../peers/raw-phone.ts';
import { startRawStage } from './raw-stage.ts';

/** A node that cannot carry calls by SIP. */
const app = await startApp({ CARRIER: 'simulator' });
const sip = (phone: RawPhone) => ({ CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0', SIP_PROXY: phone.uri });

/**
 * A connected call of a node that is gone.
 * @param intervals of the sessions of the caller and the callee
 * @param timeLimit seconds
 */
async function leftBehind(
  phone: RawPhone,
  intervals: readonly (number | null)[],
  timeLimit = 7200,
): Promise<string> {
  const userId = await insertUser(app, randomUUID());
  const [id = ''] = await insertCalls(app, userId, 1, { carrier: 'sip' });
  const gone = randomUUID();
  for (const [index, interval] of intervals.entries()) {
    const tag = `${index}`;
    const saved = {
      ...{ phase: 'confirmed', id: tag, callId: `${id}-${tag}`, localUri: 'sip:a@127.0.0.1', localTag: tag },
      ...{ remoteUri: phone.uri, remoteTag: 'b', remoteTarget: phone.uri, routeSet: [], cseq: 21 },
      ...{ description: { id: 1, version: 1 }, session: { interval: 1800, refresher: 'node', agreed: true } },
    };
    await app.sql(`INSERT INTO carried_legs VALUES ($1, $2, 'sip', $3, $4, $5, $6)`, [
      ...[id, index === 0 ? 'caller' : 'callee', gone, tag, interval, JSON.stringify(saved)],
    ]);
  }
  await app.sql(
    'UPDATE calls SET time_limit = $2::integer, deadline_at = connected_at + make_interval(secs => $2::integer) WHERE id = $1',
    [id, timeLimit],
  );
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [gone, id]);
  return id;
}

async function callOf(id: string) {
  const [call] = await app.sql(
    `SELECT state, reason, ended_by, node_id, uncarried_since IS NOT NULL AS uncarried, ended_at,
            extract(epoch FROM deadline_at - now())::float AS left, carrier FROM calls WHERE id = $1`,
    [id],
  );
  assert.ok(call);
  return call;
}

const marked = (id: string) =>
  until('the call has no carrier', async () => ((await callOf(id))['uncarried'] ? callOf(id) : undefined));

for (const [what, intervals, timeLimit, seconds] of [
  ['until the sessions of both phones have expired', [90, 600], 7200, 600],
  ['until its time limit, if that comes first', [90, 600], 300, 300],
  ['until its time limit, if a phone never ends a session', [90, null], 7200, 7200],
] as const) {
  test(`a call that no running node can carry keeps its place ${what}, and then ends`, async () => {
    const phone = await RawPhone.start();
    const id = await leftBehind(phone, intervals, timeLimit);
    const { left, ended_at, node_id } = await marked(id);
    assert.ok(Math.abs(Number(left) - seconds) < 30, `${left} s`);
    assert.equal(ended_at, null);
    const [node] = await app.sql('SELECT FROM nodes WHERE id = $1', [node_id]);
    assert.equal(node, undefined, 'no other carrier takes it');
    await app.sql('UPDATE calls SET deadline_at = now() WHERE id = $1', [id]);
    const over = await until('its end', async () =>
      (await callOf(id))['ended_at'] ? callOf(id) : undefined,
    );
    assert.deepEqual([over['state'], over['reason'], over['ended_by']], ['disconnected', 'other', 'sweeper']);

    const node2 = await startNode(app, sip(phone));
    const byes = [await phone.next('BYE'), await phone.next('BYE')];
    assert.deepEqual(byes.map((bye) => field(bye, 'Call-ID')).toSorted(), [`${id}-0`, `${id}-1`]);
    for (const bye of byes) phone.respond(bye, '200 OK');
    await until(
      'nothing is left',
      async () => (await app.sql('SELECT FROM carried_legs WHERE call_id = $1', [id])).length === 0,
    );
    await node2.stop();
  });
}

test('the record of a leg has the session interval that its phone agreed to, if it did', async () => {
  const { carrier, caller, callee, nodeId, insertCall } = await startRawStage(app);
  carrier.originate(await insertCall());
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  const headers = ['Require: timer', 'Session-Expires: 600;refresher=uac'];
  callee.respond(await callee.next('INVITE'), '200 OK', { sdp: PHONE_SDP, headers });
  const legs = await until('both phones have answered', async () => {
    const confirmed = await app.sql(
      `SELECT leg, session_interval FROM carried_legs WHERE node_id = $1 AND saved->>'phase' = 'confirmed' ORDER BY leg`,
      [nodeId],
    );
    return confirmed.length === 2 && confirmed;
  });
  assert.deepEqual(legs, [
    { leg: 'callee', session_interval: 600 },
    { leg: 'caller', session_interval: null },
  ]);
});

test('a node with that carrier that starts earlier takes the call over, with its whole time limit', async () => {
  const phone = await RawPhone.start();
  const id = await leftBehind(phone, [90, 90]);
  assert.ok(Number((await marked(id))['left']) < 100);
  const node = await startNode(app, sip(phone));
  assert.match(await phone.next('INVITE'), /To: .*;tag=b/);
  const { left, uncarried, ended_at } = await callOf(id);
  assert.ok(Number(left) > 7000, `${left} s`);
  assert.deepEqual([uncarried, ended_at], [false, null]);
  await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [id]);
  await node.stop();
});

test('a call that rings, has no carrier process, or whose carrier runs on another node is left as it is', async () => {
  const userId = await insertUser(app, randomUUID());
  const [carried = ''] = await insertCalls(app, userId, 1, { carrier: 'ari' });
  const [ringing = ''] = await insertCalls(app, userId, 1, { carrier: 'sip', state: 'callingCallee' });
  const [session = ''] = await insertCalls(app, userId, 1, { carrier: 'session' });
  await app.sql(
    `INSERT INTO nodes (id, seen_at, carriers) VALUES (gen_random_uuid(), now() + interval '1 hour', '{ari}')`,
  );
  await app.sql('UPDATE calls SET node_id = gen_random_uuid() WHERE id = ANY ($1)', [[carried, ringing]]);
  await marked(await leftBehind(await RawPhone.start(), [90, 90]));
  for (const id of [carried, ringing, session]) assert.equal((await callOf(id))['uncarried'], false);
  await app.sql(`SELECT move_call(id, 'failed', 'other', 'carrier') FROM calls WHERE id = $1`, [ringing]);
});

test('a process that binds the address of an earlier one takes its calls at once; another address proves nothing', async () => {
  const phone = await RawPhone.start();
  const [port, other] = [await freePort(), await freePort()];
  const at = (listen: number) => ({ ...sip(phone), SIP_LISTEN: `udp:127.0.0.1:${listen}` });
  const first = await startNode(app, at(port));
  const [row] = await app.sql(
    `SELECT id, bound_address, 'sip' = ANY (carriers) AS sip FROM nodes WHERE bound_address IS NOT NULL`,
  );
  assert.equal(row?.['sip'], true);
  assert.match(String(row?.['bound_address']), new RegExp(` net:\\[\\d+\\] udp:127\\.0\\.0\\.1:${port}$`));
  await first.stop();
  // as a process that was killed a moment ago
  const [killed, alive] = [randomUUID(), randomUUID()];
  const elsewhere = String(row?.['bound_address']).replace(/^\S+/, 'another-machine');
  await app.sql(
    `INSERT INTO nodes (id, seen_at, bound_address) VALUES ($1, now() + interval '1 hour', $2), ($3, now() + interval '1 hour', $4)`,
    [...[killed, row?.['bound_address'], alive, elsewhere]],
  );
  const [ours, theirs] = [await leftBehind(phone, [90, 90]), await leftBehind(phone, [90, 90])];
  await app.sql(
    'UPDATE calls SET node_id = CASE id WHEN $1 THEN $2::uuid ELSE $3::uuid END WHERE id IN ($1, $4)',
    [ours, killed, alive, theirs],
  );
  const neighbour = await startNode(app, at(other));
  assert.equal((await app.sql('SELECT FROM nodes WHERE id = $1', [killed])).length, 1);
  const next = await startNode(app, at(port));
  assert.equal((await app.sql('SELECT FROM nodes WHERE id = $1', [killed])).length, 0);
  await until('the call is taken over', async () => {
    const [call] = await app.sql('SELECT FROM calls c JOIN nodes n ON n.id = c.node_id WHERE c.id = $1', [
      ours,
    ]);
    return call !== undefined;
  });
  assert.equal((await callOf(theirs))['node_id'], alive);
  await Promise.all([neighbour.stop(), next.stop()]);
});

test('a request within a call that is not taken over yet gets 500 and Retry-After, and 481 once the call has ended', async () => {
  const phone = await RawPhone.start();
  const id = await leftBehind(phone, [90, 90]);
  const holder = randomUUID();
  await app.sql(`INSERT INTO nodes (id, seen_at) VALUES ($1, now() + interval '1 hour')`, [holder]);
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [holder, id]);
  const port = await freePort();
  const node = await startNode(app, { ...sip(phone), SIP_LISTEN: `udp:127.0.0.1:${port}` });
  const request = (method: string, branch: string, tag = '0') => {
    phone.send(
      [
        `${method} sip:clicktocall@127.0.0.1:${port} SIP/2.0`,
        ...[`Via: SIP/2.0/UDP 127.0.0.1:1;rport;branch=z9hG4bK${branch}`, 'From: <sip:b@c>;tag=b'],
        ...[`To: <sip:a@b>;tag=${tag}`, `Call-ID: ${id}-0`, `CSeq: 5 ${method}`, 'Contact: <sip:b@c>'],
        ...['Content-Length: 0', '', ''],
      ].join('\r\n'),
      port,
    );
    return phone.next('SIP/2.0');
  };
  for (const method of ['INVITE', 'UPDATE', 'BYE']) {
    const response = await request(method, method);
    assert.match(response, /^SIP\/2\.0 500 /);
    assert.match(field(response, 'Retry-After'), /^[1-9]$|^10$/);
  }
  assert.match(await request('BYE', 'stranger', 'other'), /^SIP\/2\.0 481 /);
  await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [id]);
  assert.match(await request('BYE', 'late'), /^SIP\/2\.0 481 /);
  await node.stop();
});
