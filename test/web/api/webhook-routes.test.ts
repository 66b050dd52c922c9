import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { deliveriesOf, openCallOf } from '../../core/events/events.ts';
import { eventually, startReceiver } from '../../core/events/receiver.ts';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient, addUser, bearer, modernToken } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { addAdministrator } from '../admin-api/administrator.ts';
import { configure } from '../oauth/modern-walk.ts';

const BASE = '/api/v1';
const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');
const administrator = await addAdministrator(app);

interface ShownWebhook {
  readonly id: string;
  readonly client: string;
  readonly url: string;
  readonly secret?: string;
  readonly events: readonly string[] | null;
  readonly disabledAt: string | null;
  readonly disabledReason: string | null;
  readonly pause: object | null;
}
interface ShownDelivery {
  readonly id: string;
  readonly call: string | null;
  readonly webhook: string | null;
  readonly url: string;
  readonly state: string;
  readonly event: { readonly id: string; readonly type: string };
  readonly pause: { readonly until: string; readonly timeouts: number } | null;
  readonly attempts: readonly { readonly status: number | null; readonly problem: string | null }[];
}

/** A client with its own token. */
async function addOwner() {
  const registered = await addModernClient(app);
  const config = await configure(app, registered);
  const tokens = await oauth.clientCredentialsGrant(config, { scope: 'webhooks' });
  const headers = { ...bearer(tokens.access_token), ...JSON_BODY };
  const send = (method: string, path: string, body?: unknown) => {
    const given = body === undefined ? bearer(tokens.access_token) : headers;
    return request(app, method, BASE + path, given, body === undefined ? undefined : JSON.stringify(body));
  };
  return { id: registered.client.id, send };
}

/** The two APIs for webhooks: the same requests, with different tokens. */
async function surfaces() {
  const owner = await addOwner();
  const ofAdministrator = {
    id: owner.id,
    webhooks: `/admin/clients/${owner.id}/webhooks`,
    log: '/admin/webhooks',
    resend: '/admin/deliveries',
    text: 'message',
    send: administrator.send as (method: string, path: string, body?: unknown) => Promise<Answer>,
  };
  const ofOwner = {
    id: owner.id,
    webhooks: '/webhooks',
    log: '/webhooks',
    resend: '/deliveries',
    text: 'detail',
    send: owner.send as typeof ofAdministrator.send,
  };
  return [
    ['an administrator', ofAdministrator],
    ['the client itself', ofOwner],
  ] as const;
}

for (const [who, surface] of await surfaces()) {
  suite(`${who}`, () => {
    test('adds a webhook, with its secret shown once, lists it and removes it', async () => {
      const url = 'https://hooks.example.com/calls';
      const answer = await surface.send('POST', surface.webhooks, { url });
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      const { secret = '', id, client, url: kept } = answer.json<ShownWebhook>();
      assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
      assert.deepEqual([client, kept], [surface.id, url]);

      const list = await surface.send('GET', surface.webhooks);
      assert.deepEqual(
        list.json<{ webhooks: ShownWebhook[] }>().webhooks.map((webhook) => webhook.id),
        [id],
      );
      assert.ok(!list.text.includes('whsec_'));

      const rotated = await surface.send('POST', `${surface.webhooks}/${id}/secret`);
      assert.equal(rotated.headers.get('cache-control'), 'no-store');
      assert.match(rotated.json<ShownWebhook>().secret ?? '', /^whsec_/);
      assert.notEqual(rotated.json<ShownWebhook>().secret, secret);

      assert.equal((await surface.send('DELETE', `${surface.webhooks}/${id}`)).status, 204);
      assert.deepEqual((await surface.send('GET', surface.webhooks)).json(), { webhooks: [] });
    });

    test('lists deliveries with their attempts, newest first, in pages, and resends', async () => {
      const receiver = await startReceiver(() => 500);
      const added = await surface.send('POST', surface.webhooks, { url: `${receiver.url}/` });
      const { id } = added.json<ShownWebhook>();
      const calls: string[] = [];
      for (let made = 0; made < 3; made++)
        calls.push(await openCallOf(app, { userName: 'anna', clientId: surface.id }));
      await eventually(async () =>
        (await Promise.all(calls.map((call) => deliveriesOf(app, call)))).every(
          ([one]) => one?.attempts.length === 1,
        ),
      );
      const log = `${surface.log}/${id}/deliveries`;
      const first = (await surface.send('GET', `${log}?page_size=2`)).json<{
        deliveries: ShownDelivery[];
        nextPageToken: string;
      }>();
      const second = (
        await surface.send('GET', `${log}?page_size=2&page_token=${first.nextPageToken}`)
      ).json<{
        deliveries: ShownDelivery[];
      }>();
      const all = [...first.deliveries, ...second.deliveries];
      assert.deepEqual(
        all.map(({ call }) => call),
        calls.toReversed(),
      );
      assert.ok(!('nextPageToken' in second));
      const [{ attempts, event, webhook, url, state } = assert.fail()] = all;
      assert.deepEqual([event.type, webhook, url, state], ['initiating', id, `${receiver.url}/`, 'pending']);
      assert.deepEqual([attempts[0]?.status, attempts[0]?.problem], [500, 'answered 500']);

      receiver.answer = () => 200;
      const resent = await surface.send('POST', `${surface.resend}/${all[0]?.id}/resend`);
      assert.equal(resent.status, 200, resent.text);
      await eventually(async () => (await deliveriesOf(app, calls[2] ?? ''))[0]?.state === 'delivered');
      await surface.send('DELETE', `${surface.webhooks}/${id}`);
    });

    test('chooses the events of a webhook, when adding it and later', async () => {
      const url = 'https://hooks.example.com/calls';
      const added = await surface.send('POST', surface.webhooks, {
        url,
        events: ['disconnected', 'connected'],
      });
      assert.equal(added.status, 201, added.text);
      const { id, events } = added.json<ShownWebhook>();
      assert.deepEqual(events, ['connected', 'disconnected']);
      const path = `${surface.webhooks}/${id}/events`;
      const one = await surface.send('PUT', path, { events: ['failed'] });
      assert.deepEqual([one.status, one.json<ShownWebhook>().events], [200, ['failed']]);
      const all = await surface.send('PUT', path, { events: null });
      assert.deepEqual([all.status, all.json<ShownWebhook>().events], [200, null]);
      assert.deepEqual((await surface.send('PUT', path, { events: null })).json(), all.json());

      const wrong: readonly (readonly [unknown, RegExp])[] = [
        [['ringing'], /events\[0\] must be one of: initiating, callingCaller, .*failed/],
        [['test'], /events\[0\] must be one of/],
        [[], /^events must have at least 1 item\.$/],
        [['failed', 'failed'], /^events must not have the same item twice\.$/],
        ['failed', /^events must be a list or null\.$/],
        [undefined, /Missing parameter: events/],
      ];
      for (const [given, message] of wrong) {
        const refused = await surface.send('PUT', path, { events: given });
        assert.equal(refused.status, 400, JSON.stringify(given));
        assert.match(String(refused.json()[surface.text]), message);
        if (given === undefined) continue;
        assert.equal((await surface.send('POST', surface.webhooks, { url, events: given })).status, 400);
      }
      await surface.send('DELETE', `${surface.webhooks}/${id}`);
    });

    test('disables and enables a webhook', async () => {
      const added = await surface.send('POST', surface.webhooks, { url: 'https://hooks.example.com/' });
      const { id, disabledAt, disabledReason, pause } = added.json<ShownWebhook>();
      assert.deepEqual([disabledAt, disabledReason, pause], [null, null, null]);
      const path = `${surface.webhooks}/${id}/disabled`;
      const disabled = await surface.send('PUT', path, { disabled: true });
      assert.equal(disabled.status, 200, disabled.text);
      const shown = disabled.json<ShownWebhook>();
      assert.equal(shown.disabledReason, 'requested');
      assert.ok(Math.abs(Date.parse(shown.disabledAt ?? '') - Date.now()) < 10_000);
      assert.deepEqual((await surface.send('PUT', path, { disabled: true })).json(), shown);
      const { webhooks } = (await surface.send('GET', surface.webhooks)).json<{ webhooks: ShownWebhook[] }>();
      assert.deepEqual(webhooks, [shown]);
      const enabled = (await surface.send('PUT', path, { disabled: false })).json<ShownWebhook>();
      assert.deepEqual([enabled.disabledAt, enabled.disabledReason], [null, null]);
      assert.equal((await surface.send('PUT', path, { disabled: 'yes' })).status, 400);
      await surface.send('DELETE', `${surface.webhooks}/${id}`);
    });

    test('sends test events, a few in a minute; the log shows their result', async () => {
      const receiver = await startReceiver();
      const added = await surface.send('POST', surface.webhooks, { url: `${receiver.url}/` });
      const { id } = added.json<ShownWebhook>();
      const path = `${surface.webhooks}/${id}/test`;
      const sent = await surface.send('POST', path);
      assert.equal(sent.status, 202, sent.text);
      const queued = sent.json<ShownDelivery>();
      assert.deepEqual([queued.call, queued.event.type], [null, 'test']);
      assert.match(queued.state, /^(pending|delivered)$/); // it can be delivered before it is read
      const [received] = await receiver.waitFor(1);
      assert.deepEqual(
        [received?.headers['webhook-id'], JSON.parse(received?.body ?? '').type],
        [queued.event.id, 'test'],
      );
      const logged = async () =>
        (await surface.send('GET', `${surface.log}/${id}/deliveries`)).json<{ deliveries: ShownDelivery[] }>()
          .deliveries[0];
      await eventually(async () => (await logged())?.state === 'delivered');
      assert.equal((await logged())?.id, queued.id);

      for (let more = 1; more < 5; more++) assert.equal((await surface.send('POST', path)).status, 202);
      const refused = await surface.send('POST', path);
      assert.equal(refused.status, 429);
      assert.match(String(refused.json()[surface.text]), /at most 5 test events in a minute/);
      const seconds = Number(refused.headers.get('retry-after'));
      assert.ok(seconds > 30 && seconds <= 60, `${seconds} s`);
      await surface.send('DELETE', `${surface.webhooks}/${id}`);
    });

    test('400 for an invalid URL, 404 for an unknown webhook or delivery', async () => {
      for (const url of ['http://hooks.example.com/', 'https://10.0.0.1/', 'hooks', '']) {
        assert.equal((await surface.send('POST', surface.webhooks, { url })).status, 400, url);
      }
      assert.equal((await surface.send('POST', surface.webhooks, {})).status, 400);
      assert.equal((await surface.send('GET', `${surface.log}/x/deliveries?page_size=0`)).status, 404);
      for (const id of ['unknown', '00000000-0000-4000-8000-000000000000']) {
        for (const [method, path, body] of [
          ['DELETE', `${surface.webhooks}/${id}`],
          ['POST', `${surface.webhooks}/${id}/secret`],
          ['POST', `${surface.webhooks}/${id}/test`],
          ['PUT', `${surface.webhooks}/${id}/events`, { events: null }],
          ['PUT', `${surface.webhooks}/${id}/disabled`, { disabled: true }],
          ['GET', `${surface.log}/${id}/deliveries`],
          ['POST', `${surface.resend}/${id}/resend`],
          ['POST', `${surface.resend}/1000000/resend`],
        ] as const) {
          assert.equal((await surface.send(method, path, body)).status, 404, `${method} ${path}`);
        }
      }
    });

    test('409 for more webhooks than a client may have', async () => {
      const add = (number: number) =>
        surface.send('POST', surface.webhooks, { url: `https://hooks.example.com/${number}` });
      const answers = await Promise.all(Array.from({ length: 12 }, (_, number) => add(number)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(10).fill(201), 409, 409]);
      await app.sql('DELETE FROM webhooks WHERE client_id = $1', [surface.id]);
    });
  });
}

test('GET /admin/webhooks/{id} shows a webhook of any client, without its secret', async () => {
  const { id } = await addOwner();
  const path = `/admin/clients/${id}/webhooks`;
  const { secret, ...added } = (
    await administrator.send('POST', path, { url: 'https://hooks.example/one' })
  ).json<ShownWebhook>();
  assert.ok(secret);
  const answer = await administrator.get(`/admin/webhooks/${added.id}`);
  assert.deepEqual([answer.status, answer.json()], [200, added]);
  for (const unknown of ['unknown', randomUUID()])
    assert.equal((await administrator.get(`/admin/webhooks/${unknown}`)).status, 404);
});

test('GET /admin/calls/{id}/deliveries lists all deliveries of a call, including those to its sink', async () => {
  const receiver = await startReceiver();
  const { id: clientId } = await addOwner();
  const { webhook } = await app.events.webhooks.addWebhook(
    clientId,
    { url: `${receiver.url}/hook` },
    COMMAND_LINE,
  );
  const id = await openCallOf(app, { userName: 'anna', clientId, sink: `${receiver.url}/sink` });
  await receiver.waitFor(2);
  const { deliveries } = (await administrator.get(`/admin/calls/${id}/deliveries`)).json<{
    deliveries: ShownDelivery[];
  }>();
  const shown = deliveries.map(({ webhook: to, url }) => [to, url]);
  assert.deepEqual(shown, [
    [webhook.id, `${receiver.url}/hook`],
    [null, `${receiver.url}/sink`],
  ]);
  assert.equal((await administrator.get('/admin/calls/unknown/deliveries')).status, 404);
});

suite('a client', () => {
  test('gets the URL of a new webhook, which shows it without its secret', async () => {
    const owner = await addOwner();
    const added = await owner.send('POST', '/webhooks', { url: 'https://hooks.example.com/' });
    const { secret, ...webhook } = added.json<ShownWebhook>();
    assert.ok(secret);
    assert.equal(added.location, `${app.url}${BASE}/webhooks/${webhook.id}`);
    const shown = await owner.send('GET', `/webhooks/${webhook.id}`);
    assert.deepEqual([shown.status, shown.json()], [200, webhook]);
    for (const unknown of ['unknown', randomUUID()])
      assert.equal((await owner.send('GET', `/webhooks/${unknown}`)).status, 404);
  });

  test('reads one of its deliveries, with its attempts', async () => {
    const receiver = await startReceiver(() => 500);
    const owner = await addOwner();
    await owner.send('POST', '/webhooks', { url: receiver.url });
    const call = await openCallOf(app, { userName: 'anna', clientId: owner.id });
    await eventually(async () => (await deliveriesOf(app, call))[0]?.attempts.length === 1);
    const [listed] = (await owner.send('GET', `/deliveries?callId=${call}`)).json<{
      deliveries: ShownDelivery[];
    }>().deliveries;
    const shown = await owner.send('GET', `/deliveries/${listed?.id}`);
    assert.deepEqual([shown.status, shown.json()], [200, listed]);
    assert.equal(listed?.attempts[0]?.problem, 'answered 500');
    for (const unknown of ['unknown', '1000000'])
      assert.equal((await owner.send('GET', `/deliveries/${unknown}`)).status, 404);
  });

  test('lists the deliveries of its own calls, including those to sinks', async () => {
    const receiver = await startReceiver();
    const [owner, other] = [await addOwner(), await addOwner()];
    const id = await openCallOf(app, { userName: 'anna', clientId: owner.id, sink: receiver.url });
    await openCallOf(app, { userName: 'anna', clientId: other.id, sink: receiver.url });
    const see = async (path: string) =>
      (await owner.send('GET', path))
        .json<{ deliveries: ShownDelivery[] }>()
        .deliveries.map(({ call }) => call);
    assert.deepEqual(await see('/deliveries'), [id]);
    assert.deepEqual(await see(`/deliveries?callId=${id}`), [id]);
    assert.deepEqual(await see('/deliveries?callId=unknown'), []);
  });

  test('cannot access another client’s webhooks', async () => {
    const receiver = await startReceiver();
    const [owner, other] = [await addOwner(), await addOwner()];
    const { webhook } = await app.events.webhooks.addWebhook(owner.id, { url: receiver.url }, COMMAND_LINE);
    const call = await openCallOf(app, { userName: 'anna', clientId: owner.id });
    await receiver.waitFor(1);
    const [delivery] = await deliveriesOf(app, call);
    for (const [method, path, body] of [
      ['GET', `/webhooks/${webhook.id}`],
      ['DELETE', `/webhooks/${webhook.id}`],
      ['POST', `/webhooks/${webhook.id}/secret`],
      ['POST', `/webhooks/${webhook.id}/test`],
      ['PUT', `/webhooks/${webhook.id}/events`, { events: null }],
      ['PUT', `/webhooks/${webhook.id}/disabled`, { disabled: true }],
      ['GET', `/webhooks/${webhook.id}/deliveries`],
      ['GET', `/deliveries/${delivery?.id}`],
      ['POST', `/deliveries/${delivery?.id}/resend`],
    ] as const) {
      const answer = await other.send(method, path, body);
      assert.equal(answer.status, 404, `${method} ${path}`);
      const code = path.startsWith('/webhooks') ? 'webhook_not_found' : 'delivery_not_found';
      assert.equal(answer.json()['code'], code);
    }
    assert.equal(receiver.received.length, 1);
  });

  test('in an administrator’s path limits the list to this client', async () => {
    const [owner, other] = [await addOwner(), await addOwner()];
    const { webhook } = await app.events.webhooks.addWebhook(
      owner.id,
      { url: 'https://hooks.example.com/' },
      COMMAND_LINE,
    );
    const path = `/admin/clients/${other.id}/webhooks/${webhook.id}`;
    assert.equal((await administrator.send('DELETE', path)).status, 404);
  });
});

test('a webhook and its deliveries show that its receiver does not answer, and until when they wait', async () => {
  const owner = await addOwner();
  const receiver = await startReceiver(() => 500);
  const { webhook } = await app.events.webhooks.addWebhook(owner.id, { url: receiver.url }, COMMAND_LINE);
  await openCallOf(app, { userName: 'anna', clientId: owner.id });
  // A recorded answer ends a pause, so the pause begins after it.
  await until('the attempt is recorded', async () => {
    const failed = await app.sql('SELECT FROM deliveries WHERE client_id = $1 AND failures = 1', [owner.id]);
    return failed.length === 1;
  });
  await app.sql(
    `INSERT INTO delivery_circuits (client_id, host, timeouts, last_timeout_at, opened_at, pause, paused_until)
     VALUES ($1, '127.0.0.1', 7, now(), now(), '1 minute', '2126-11-30T12:00:00Z')`,
    [owner.id],
  );
  const pause = { until: '2126-11-30T12:00:00.000Z', timeouts: 7 };
  const { webhooks } = (await owner.send('GET', '/webhooks')).json<{ webhooks: ShownWebhook[] }>();
  assert.deepEqual(webhooks[0]?.pause, pause);
  assert.deepEqual(
    (await administrator.get(`/admin/webhooks/${webhook.id}`)).json<ShownWebhook>().pause,
    pause,
  );
  const log = (await owner.send('GET', '/deliveries')).json<{ deliveries: ShownDelivery[] }>();
  assert.deepEqual(log.deliveries[0]?.pause, pause);
  await app.sql('DELETE FROM delivery_circuits');
});

test('no user can grant the scope webhooks: the token is issued without it', async () => {
  const token = await modernToken(app, await addModernClient(app), 'anna', 'call webhooks');
  assert.ok(token);
  const scopes = await app.sql(
    `SELECT scopes FROM access_tokens WHERE hash = sha256(convert_to($1, 'UTF8'))`,
    [token],
  );
  assert.deepEqual(scopes, [{ scopes: ['call'] }]);
});
