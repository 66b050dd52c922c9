import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALL_STATES } from '../../../src/core/calls/call.ts';
import { deliveriesOf } from '../../core/events/events.ts';
import { addHooked, verify } from '../../core/events/hooked.ts';
import { eventually, startReceiver } from '../../core/events/receiver.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser } from '../../harness/people.ts';
import { addSignedIn, fieldValue, leadsTo } from './console.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
const ada = await addSignedIn(app, 'ada');
await addUser(app, 'anna', { limit: 1_000 });

const secretIn = (text: string) =>
  (/<pre[^>]*>([^<]+)<\/pre>/.exec(text)?.[1] ?? '').replaceAll('&#61;', '=');
const webhooksOf = (clientId: string) => app.events.webhooks.listWebhooks(clientId);

test('a webhook is added on the application’s page; its secret is shown once', async () => {
  const { client } = await addModernClient(app);
  const receiver = await startReceiver();
  const answer = await ada.send(`/console/clients/${client.id}/webhooks`, {
    url: ` ${receiver.url}/hook `,
    events: CALL_STATES,
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.match(secretIn(answer.text), /^whsec_/);
  const [webhook] = await webhooksOf(client.id);
  assert.ok(answer.text.includes(`href="/console/webhooks/${webhook?.id}"`));
  const page = await ada.open(`/console/clients/${client.id}`);
  assert.ok(page.text.includes(`href="/console/webhooks/${webhook?.id}">${receiver.url}/hook<`));
  assert.doesNotMatch(page.text, /whsec_/);
});

test('an address that cannot be one is refused, and stays in the form', async () => {
  const { client } = await addModernClient(app);
  for (const url of [
    '',
    'http://elsewhere.example/',
    'https://192.168.0.1/',
    'https://"><script>alert(1)</script>',
  ]) {
    const answer = await ada.send(`/console/clients/${client.id}/webhooks`, { url });
    assert.equal(answer.status, 400, url);
    assert.match(answer.text, /role="alert">[^<]*url/);
    assert.match(answer.text, /<h1>Modern<\/h1>/);
    assert.doesNotMatch(answer.text, /<script>alert/);
    if (!url.includes('"')) assert.equal(fieldValue(answer.text, 'url'), url);
  }
  assert.deepEqual(await webhooksOf(client.id), []);
});

test('a new webhook gets the selected events; all of them are selected at first', async () => {
  const { client } = await addModernClient(app);
  const path = `/console/clients/${client.id}`;
  const { text } = await ada.open(path);
  assert.equal(text.match(/name="events"[^>]* checked/g)?.length, 6);
  const url = 'https://crm.example/calls';
  await ada.send(`${path}/webhooks`, { url, events: ['failed', 'connected'] });
  assert.deepEqual((await webhooksOf(client.id))[0]?.events, ['connected', 'failed']);
  await ada.send(`${path}/webhooks`, { url, events: CALL_STATES });
  assert.equal((await webhooksOf(client.id))[1]?.events, null);

  const refused = await ada.send(`${path}/webhooks`, { url: 'http://10.0.0.1/', events: 'failed' });
  assert.equal(refused.status, 400);
  assert.equal(refused.text.match(/name="events"[^>]* checked/g)?.length, 1);
  const none = await ada.send(`${path}/webhooks`, { url });
  assert.equal(none.status, 400);
  assert.match(none.text, /role="alert">Select at least one event\./);
});

test('the events of a webhook are changed on its page', async () => {
  const { webhook, clientId } = await addHooked(app);
  const path = `/console/webhooks/${webhook.id}`;
  assert.equal(leadsTo(await ada.send(`${path}/events`, { events: 'failed' })), `${path}?done=eventsChanged`);
  assert.deepEqual((await webhooksOf(clientId))[0]?.events, ['failed']);
  const { text } = await ada.open(`${path}?done=eventsChanged`);
  assert.match(text, /role="status">The events are changed\./);
  assert.match(text, /value="failed"[^>]* checked/);
  assert.doesNotMatch(text, /value="connected"[^>]* checked/);
  for (const [form, message] of [
    [{}, /role="alert">Select at least one event\./],
    [{ events: 'ringing' }, /role="alert">events must have at least one of/],
  ] as const) {
    const refused = await ada.send(`${path}/events`, form);
    assert.equal(refused.status, 400);
    assert.match(refused.text, message);
  }
});

test('a test event is sent from the page of a webhook, which then lists it', async () => {
  const { webhook, receiver } = await addHooked(app);
  const path = `/console/webhooks/${webhook.id}`;
  assert.equal(leadsTo(await ada.send(`${path}/test`)), `${path}?done=tested`);
  await receiver.waitFor(1);
  await eventually(async () => />delivered</.test((await ada.open(path)).text));
  const { text } = await ada.open(`${path}?done=tested`);
  assert.match(text, /role="status">A test event is queued\./);
  assert.match(text, /data-column="Event">Test</);
  const resend = resendForm(text);
  assert.equal(leadsTo(await ada.send(resend.action, resend.fields)), `${path}?done=resent`);
  for (let tests = 1; tests < 5; tests++) await ada.send(`${path}/test`);
  const refused = await ada.send(`${path}/test`);
  assert.equal(refused.status, 429);
  assert.match(refused.text, /role="alert">A webhook may get at most 5 test events in a minute/);
});

test('a webhook whose receiver answers 410 is shown as disabled, with the reason, and can be enabled', async () => {
  const { webhook, clientId, receiver, open } = await addHooked(app);
  receiver.answer = () => 410;
  await open();
  await eventually(async () => (await webhooksOf(clientId))[0]?.disabledAt !== null);
  const path = `/console/webhooks/${webhook.id}`;
  const { text } = await ada.open(path);
  assert.match(
    text,
    /role="alert">This webhook gets no events\. It has been disabled since .* UTC, because its receiver answered 410/,
  );
  assert.match((await ada.open(`/console/clients/${clientId}`)).text, />disabled</);
  assert.equal(leadsTo(await ada.send(`${path}/enable`)), `${path}?done=enabled`);
  assert.equal((await webhooksOf(clientId))[0]?.disabledAt, null);
  assert.match((await ada.open(`${path}?done=enabled`)).text, /role="status">The webhook is enabled\./);
});

test('a webhook is disabled, after a page that says what ends', async () => {
  const { webhook, clientId } = await addHooked(app);
  const path = `/console/webhooks/${webhook.id}`;
  assert.match((await ada.open(`${path}/disable`)).text, /Its pending deliveries stop/);
  assert.equal(leadsTo(await ada.send(`${path}/disable`)), `${path}?done=disabled`);
  assert.equal((await webhooksOf(clientId))[0]?.disabledReason, 'requested');
  assert.match((await ada.open(path)).text, /the application or an administrator disabled it/);
});

test('the pages say that a receiver does not answer, and until when its deliveries wait', async () => {
  const { webhook, clientId, receiver, open } = await addHooked(app);
  receiver.answer = () => 500;
  const call = await open();
  await eventually(async () => (await deliveriesOf(app, call))[0]?.attempts.length === 1);
  await app.sql(
    `INSERT INTO delivery_circuits (client_id, host, timeouts, last_timeout_at, opened_at, pause, paused_until)
     VALUES ($1, '127.0.0.1', 7, now(), now(), '1 minute', '2126-11-30T12:00:00Z')`,
    [clientId],
  );
  const words =
    /Paused until <time[^>]*>2126-11-30 12:00:00 UTC<\/time>, because the receiver did not answer 7 times\./g;
  assert.equal((await ada.open(`/console/webhooks/${webhook.id}`)).text.match(words)?.length, 2);
  assert.equal((await ada.open(`/console/calls/${call}`)).text.match(words)?.length, 1);
  assert.match((await ada.open(`/console/clients/${clientId}`)).text, />paused</);
});

test('the eleventh webhook is refused', async () => {
  const { client } = await addModernClient(app);
  const path = `/console/clients/${client.id}/webhooks`;
  for (let count = 0; count < 10; count++)
    await ada.send(path, { url: `https://crm.example/${count}`, events: CALL_STATES });
  const answer = await ada.send(path, { url: 'https://crm.example/10', events: CALL_STATES });
  assert.equal(answer.status, 409);
  assert.match(answer.text, /role="alert">A client may have at most 10 webhooks/);
});

test('the log shows each delivery with its attempts, and resends', async () => {
  const { receiver, webhook, open } = await addHooked(app);
  receiver.answer = () => 503;
  const callId = await open();
  await eventually(async () => (await deliveriesOf(app, callId))[0]?.attempts.length === 1);
  const path = `/console/webhooks/${webhook.id}`;
  const { text } = await ada.open(path);
  assert.match(text, new RegExp(`href="/console/calls/${callId}"`));
  assert.match(text, />pending</);
  assert.match(text, /<\/time>: answered 503, in \d+ ms/);
  const resend = resendForm(text);

  receiver.answer = () => 204;
  assert.equal(leadsTo(await ada.send(resend.action, resend.fields)), `${path}?done=resent`);
  await eventually(async () => (await deliveriesOf(app, callId))[0]?.state === 'delivered');
  const after = await ada.open(`${path}?done=resent`);
  assert.match(after.text, /role="status">The delivery is sent again\./);
  assert.match(after.text, />delivered</);
  assert.match(after.text, /<summary>2, last: delivered \(status 204\)<\/summary>/);
  const ofCall = resendForm((await ada.open(`/console/calls/${callId}`)).text);
  const back = leadsTo(await ada.send(ofCall.action, ofCall.fields));
  assert.equal(back, `/console/calls/${callId}?done=resent`);
  assert.match((await ada.open(back)).text, /role="status">The delivery is sent again\./);
  assert.equal((await ada.send('/console/deliveries/999999/resend')).status, 404);
});

/** The button of the first delivery on a page, with all that it sends along. */
function resendForm(page: string): { action: string; fields: Record<string, string> } {
  const [, action = '', content = ''] =
    /<form[^>]* action="(\/console\/deliveries\/\d+\/resend)"[^>]*>(.*?)<\/form>/s.exec(page) ?? [];
  const hidden = content.matchAll(/<input type="hidden" name="(\w+)" value="(\w+)">/g);
  return { action, fields: Object.fromEntries([...hidden].map(([, name, value]) => [name, value])) };
}

test('the log has pages', async () => {
  const { webhook, open } = await addHooked(app);
  for (let count = 0; count < 51; count++) await open();
  await eventually(async () => {
    const { items: deliveries } = await app.events.deliveries.listDeliveries(
      { webhookId: webhook.id },
      { size: 100 },
    );
    return deliveries.length === 51;
  });
  const first = await ada.open(`/console/webhooks/${webhook.id}`);
  assert.equal(first.text.match(/\/resend"/g)?.length, 50);
  const [, token = ''] = /page_token&#61;([\w%-]+)" rel="next"/.exec(first.text) ?? [];
  const last = await ada.open(`/console/webhooks/${webhook.id}?page_token=${token}`);
  assert.equal(last.text.match(/\/resend"/g)?.length, 1);
  assert.doesNotMatch(last.text, /rel="next"/);
  assert.equal((await ada.open(`/console/webhooks/${webhook.id}?page_token=x`)).status, 400);
});

test('a new secret signs from now on', async () => {
  const { webhook, receiver, secret, open } = await addHooked(app);
  const path = `/console/webhooks/${webhook.id}/secret`;
  assert.match((await ada.open(path)).text, /For one day, messages are signed with both secrets/);
  const made = secretIn((await ada.send(path)).text);
  assert.notEqual(made, secret);
  await open();
  const [received] = await receiver.waitFor(1);
  assert.ok(received);
  verify(received, made);
});

test('a webhook is removed, after a page that says what ends', async () => {
  const { webhook, clientId } = await addHooked(app);
  const path = `/console/webhooks/${webhook.id}/remove`;
  assert.match((await ada.open(path)).text, /Its deliveries are removed/);
  assert.equal(leadsTo(await ada.send(path)), `/console/clients/${clientId}?done=webhookRemoved`);
  assert.deepEqual(await webhooksOf(clientId), []);
  for (const gone of [path, `/console/webhooks/${webhook.id}`, '/console/webhooks/unknown'])
    assert.equal((await ada.open(gone)).status, 404, gone);
});

test('no form is taken from another site', async () => {
  const { webhook, clientId } = await addHooked(app);
  for (const path of [
    `/console/webhooks/${webhook.id}/remove`,
    `/console/webhooks/${webhook.id}/secret`,
    `/console/webhooks/${webhook.id}/events`,
    `/console/webhooks/${webhook.id}/test`,
    `/console/webhooks/${webhook.id}/disable`,
    `/console/webhooks/${webhook.id}/enable`,
    '/console/deliveries/1/resend',
  ])
    assert.equal((await ada.browser.post(path, {}, { 'sec-fetch-site': 'cross-site' })).status, 403, path);
  assert.equal((await webhooksOf(clientId)).length, 1);
});
