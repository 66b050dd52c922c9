import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveriesOf, openCallOf } from '../core/events/events.ts';
import { eventually, startReceiver } from '../core/events/receiver.ts';
import { startApp } from '../harness/app.ts';
import { addModernClient, addUser } from '../harness/people.ts';
import { runCli } from '../harness/server-process.ts';
import { commandLine } from './command-line.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
const env = { DATABASE_URL: app.databaseUrl, SINK_ALLOW_HOSTS: '127.0.0.1' };
const cli = commandLine(app, env);
await addUser(app, 'anna');

test('adds, lists, rotates and removes webhooks, and shows and resends deliveries', async () => {
  const receiver = await startReceiver(() => 500);
  const { client } = await addModernClient(app);
  const { id, secret, ...shown } = await cli('webhook', 'add', client.id, `${receiver.url}/`);
  assert.match(secret, /^whsec_/);
  assert.deepEqual([shown.client, shown.url], [client.id, `${receiver.url}/`]);
  const [listed] = await cli('webhook', 'list', client.id);
  assert.deepEqual(Object.keys(listed), ['id', 'client', 'url', 'events', 'state', 'created']);
  assert.deepEqual([listed.events, listed.state], ['all', 'enabled']);
  assert.notEqual((await cli('webhook', 'rotate', id)).secret, secret);

  const call = await openCallOf(app, { userName: 'anna', clientId: client.id });
  await eventually(async () => (await deliveriesOf(app, call))[0]?.attempts.length === 1);
  const [delivery] = await cli('webhook', 'deliveries', id);
  assert.deepEqual(
    [delivery.call, delivery.event, delivery.state, delivery.attempts, delivery.last],
    [call, 'initiating', 'pending', 1, 'answered 500'],
  );
  receiver.answer = () => 204;
  assert.equal((await cli('webhook', 'resend', delivery.id)).state, 'pending');
  await eventually(async () => (await deliveriesOf(app, call))[0]?.state === 'delivered');

  assert.deepEqual(await cli('webhook', 'remove', id), { id, removed: true });
  assert.deepEqual(await cli('webhook', 'list', client.id), []);
});

test('chooses events, disables, enables and tests webhooks', async () => {
  const receiver = await startReceiver();
  const { client } = await addModernClient(app);
  const added = await cli('webhook', 'add', client.id, `${receiver.url}/`, '--event', 'failed', 'connected');
  assert.deepEqual(added.events, ['connected', 'failed']);
  const { id } = added;
  assert.deepEqual((await cli('webhook', 'events', id, 'disconnected')).events, ['disconnected']);
  assert.equal((await cli('webhook', 'events', id)).events, 'all');

  const sent = await cli('webhook', 'test', id);
  assert.deepEqual([sent.call, sent.event, sent.state], [null, 'test', 'pending']);
  await receiver.waitFor(1);
  await eventually(async () => (await cli('webhook', 'deliveries', id))[0].state === 'delivered');

  assert.equal((await cli('webhook', 'disable', id)).state, 'disabled (requested)');
  assert.equal((await cli('webhook', 'list', client.id))[0].state, 'disabled (requested)');
  assert.equal((await cli('webhook', 'enable', id)).state, 'enabled');
});

test('refuses invalid input with one line and exit status 2', async () => {
  const { client } = await addModernClient(app);
  const refused: readonly (readonly [string[], RegExp])[] = [
    [['add', client.id, 'http://hooks.example.com/'], /url must be an https: URL/],
    [['add', 'unknown', 'https://hooks.example.com/'], /no client "unknown"/],
    [
      ['add', client.id, 'https://hooks.example.com/', '--event', 'ringing'],
      /events must have .*"ringing" is unknown/,
    ],
    [['remove', 'unknown'], /no webhook "unknown"/],
    [['test', 'unknown'], /no webhook "unknown"/],
    [['resend', 'unknown'], /no delivery "unknown"/],
  ];
  for (const [args, message] of refused) {
    const ended = await runCli(['webhook', ...args], env);
    assert.equal(ended.code, 2, args.join(' '));
    assert.match(ended.stderr, message);
    assert.equal(ended.stderr.trim().split('\n').length, 1);
  }
});
