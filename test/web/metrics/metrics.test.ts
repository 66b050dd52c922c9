import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { request } from '../../platform/http/request.ts';
import { openCall, postCall, stopCall } from '../classic/call.ts';
import { METRICS_TOKEN, read, total } from './metrics.ts';

const app = await startApp({ CARRIER: 'simulator', METRICS_TOKEN });
const client = await addClassicClient(app);

async function tokenOf(user: string): Promise<string> {
  await addUser(app, user, { numbers: ['+447700900001'] });
  return classicToken(app, client, user);
}

test('only the token of METRICS_TOKEN opens the metrics, and only in the header', async () => {
  const token = await tokenOf('reader');
  const refused = async (path: string, headers: Record<string, string>) => {
    const { status, json, text } = await request(app, 'GET', path, headers);
    assert.doesNotMatch(text, /clicktocall_/);
    return `${status} ${json()['error']}`;
  };
  assert.equal(await refused('/metrics', {}), '401 token_missing');
  assert.equal(await refused('/metrics', bearer(token)), '401 token_invalid');
  assert.equal(await refused('/metrics', bearer(`${METRICS_TOKEN}x`)), '401 token_invalid');
  assert.equal(await refused(`/metrics?access_token=${METRICS_TOKEN}`, {}), '401 token_invalid');

  const { status, headers } = await request(app, 'GET', '/metrics', bearer(METRICS_TOKEN));
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/plain; ?version=0\.0\.4/);
  assert.equal(headers.get('cache-control'), 'no-store');
});

test('without METRICS_TOKEN there are no metrics', async () => {
  const node = await startNode(app);
  for (const headers of [{}, bearer(METRICS_TOKEN), bearer('undefined')]) {
    assert.equal((await request(node, 'GET', '/metrics', headers)).status, 404);
  }
});

test('openings, refusals and endings are counted, each once, by the node that made them', async () => {
  const other = await startNode(app, { CARRIER: 'simulator', METRICS_TOKEN });
  const nodes = [app, other];
  const token = await tokenOf('opener');
  const counts = async () => ({
    opened: await total('clicktocall_calls_opened_total', /carrier="simulator"/, ...nodes),
    refused: await total('clicktocall_calls_refused_total', /error="call_limit_reached"/, ...nodes),
    ended: await total(
      'clicktocall_call_transitions_total',
      /state="disconnected",reason="hangUp",carrier="simulator"/,
      ...nodes,
    ),
    revoked: await total('clicktocall_call_transitions_total', /reason="other"/, ...nodes),
  });
  assert.deepEqual(await counts(), { opened: 0, refused: 0, ended: 0, revoked: 0 });

  const first = await openCall(app, token, '+12025550100');
  await openCall(other, token, '+12025550101');
  assert.equal((await postCall(app, token, '+12025550102')).status, 409);
  assert.equal(await total('clicktocall_calls_ongoing', /carrier="simulator"/, app), 2);

  // ended on the node that does not hold it
  await stopCall(other, token, first);
  await until('the ending counted', async () => (await counts()).ended === 1);
  await app.sql('DELETE FROM grants WHERE user_id = (SELECT id FROM users WHERE name = $1)', ['opener']);
  await until('the revocation counted', async () => (await counts()).revoked === 1);
  assert.deepEqual(await counts(), { opened: 2, refused: 1, ended: 1, revoked: 1 });
  assert.equal(await total('clicktocall_calls_ongoing', /carrier="simulator"/, app), 0);
});

test('what has not yet gone wrong on the wire is 0 from the start', async () => {
  const SIP = { CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0', SIP_PROXY: 'sip:pbx.example' };
  const node = await startNode(app, { ...SIP, METRICS_TOKEN });
  assert.deepEqual(
    await read(node, 'clicktocall_sip_retransmissions_total'),
    ['INVITE', 'PRACK', 'CANCEL', 'BYE', 'REGISTER'].map((method) => `{method="${method}"} 0`),
  );
  assert.deepEqual(
    await read(node, 'clicktocall_sip_failures_total'),
    ['malformed', 'unreachable', 'unanswered'].map((fault) => `{fault="${fault}"} 0`),
  );
});

test('requests are timed by their route as it is registered, and no address makes a label of its own', async () => {
  const name = 'clicktocall_http_request_duration_seconds_count';
  for (const path of ['/api/v1/calls/one', '/api/v1/calls/two', '/nowhere/1']) {
    await request(app, 'GET', path);
  }
  assert.equal(await total(name, /method="GET",route="\/api\/v1\/calls\/:\w+",status="401"/, app), 2);
  assert.equal(await total(name, /method="GET",route="none",status="404"/, app), 1);
  assert.doesNotMatch((await read(app, name)).join('\n'), /calls\/(one|two)|nowhere/);
});

test('the metrics cover the process, its connections and its database', async () => {
  assert.ok((await total('nodejs_eventloop_lag_seconds', /.*/, app)) >= 0);
  assert.ok((await total('process_resident_memory_bytes', /.*/, app)) > 1e6);
  assert.ok((await total('clicktocall_database_connections', /kind="locking",state="open"/, app)) > 0);
  assert.equal(await total('clicktocall_database_reachable', /.*/, app), 1);
});
