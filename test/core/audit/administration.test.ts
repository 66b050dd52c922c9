import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { png } from '../../harness/images.ts';
import { addClassicClient, addModernClient, addUser, classicToken } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { openCall } from '../../web/classic/call.ts';
import { registerWithKey } from '../../web/oauth/modern-walk.ts';
import { openCallOf } from '../events/events.ts';
import { actsOf, type RecordedAct, userId } from './acts.ts';

const app = await startApp();
const client = await addClassicClient(app);
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 10, numbers: ['+447700900001'] });
await addUser(app, 'bert');
const anna = await userId(app, 'anna');
const URL_WITH_SECRET = 'https://hooks.example/calls?key=sesame';

/** The request to an operation, and its record in the log, without the actor. */
interface Case {
  readonly path: string;
  readonly body?: unknown;
  readonly act: Partial<RecordedAct> | (() => Promise<Partial<RecordedAct>>);
}

async function addWebhook(): Promise<{ path: string; clientId: string; webhook: string }> {
  const { client: owner } = await addModernClient(app);
  const path = `/admin/clients/${owner.id}/webhooks`;
  const added = await administrator.send('POST', path, { url: URL_WITH_SECRET });
  const { id: webhook } = added.json<{ id: string }>();
  return { path: `${path}/${webhook}`, clientId: owner.id, webhook };
}

const unchanged = await addWebhook();

/** All changing operations of the admin API. */
const cases: Record<string, () => Promise<Case>> = {
  addUser: async () => ({
    path: '/admin/users',
    body: { name: 'cleo', password: 'open sesame', limit: 3, numbers: ['+447700900009'] },
    act: async () => ({
      action: 'userAdded',
      user_id: await userId(app, 'cleo'),
      details: { administrator: false, limit: 3, numbers: 1 },
    }),
  }),
  setPassword: async () => ({
    path: '/admin/users/bert/password',
    body: { password: 'open sesame' },
    act: { action: 'userPasswordReset', user_id: await userId(app, 'bert') },
  }),
  resetSecondFactors: async () => {
    await app.sql(
      `INSERT INTO second_factors (user_id, kind, name, sealed_secret, last_step) VALUES ($1, 'totp', 'Phone', '', 0)`,
      [anna],
    );
    const details = { reset: true, kinds: ['totp'] };
    return {
      path: '/admin/users/anna/second-factors',
      act: { action: 'secondFactorRemoved', user_id: anna, details },
    };
  },
  exportCalls: async () => ({
    path: '/admin/calls/export?user=anna',
    act: { action: 'callsExported', user_id: anna, details: { filters: ['userName'] } },
  }),
  exportAuditLog: async () => ({
    path: '/admin/audit-log/export?action=callEnded&user=anna&from=2026-01-01',
    act: { action: 'auditLogExported', details: { action: 'callEnded', from: '2026-01-01T00:00:00.000Z' } },
  }),
  setLimit: async () => ({
    path: '/admin/users/anna/limit',
    body: { limit: 9 },
    act: { action: 'userLimitChanged', user_id: anna, details: { from: 10, to: 9 } },
  }),
  setNumbers: async () => ({
    path: '/admin/users/ANNA/numbers',
    body: { numbers: ['+447700900002', '+447700900003'] },
    act: { action: 'userNumbersChanged', user_id: anna, details: { from: 1, to: 2 } },
  }),
  setSipAddress: async () => ({
    path: '/admin/users/anna/sip-address',
    body: { sipAddress: 'sip:anna@pbx.example.com' },
    act: { action: 'userSipAddressChanged', user_id: anna, details: { set: true } },
  }),
  setDisabled: async () => ({
    path: '/admin/users/bert/disabled',
    body: { disabled: true },
    act: { action: 'userDisabled', user_id: await userId(app, 'bert') },
  }),
  exportUserData: async () => ({
    path: '/admin/users/anna/data',
    act: { action: 'userExported', user_id: anna },
  }),
  eraseUser: async () => {
    await addUser(app, 'dora', { numbers: ['+447700900008'] });
    return { path: '/admin/users/dora', act: { action: 'userErased', user_id: await userId(app, 'dora') } };
  },
  withdrawGrant: async () => {
    await classicToken(app, client, 'anna');
    return {
      path: `/admin/users/anna/grants/${client.id}`,
      act: { action: 'grantWithdrawn', user_id: anna, client_id: client.id },
    };
  },
  endAnyCall: async () => {
    const id = await openCall(app, await classicToken(app, client, 'anna'));
    return {
      path: `/admin/calls/${id}/end`,
      body: { reason: 'rang +44 7700 900 777 for 2 hours' },
      act: {
        ...{ action: 'callEnded', user_id: anna, client_id: client.id, subject: id },
        details: { reason: 'rang … for 2 hours' },
      },
    };
  },
  registerClient: async () => ({
    path: '/admin/clients',
    body: { name: 'CRM', redirectUris: ['https://crm.example/'], classic: true },
    act: async () => ({
      action: 'clientRegistered',
      client_id: (await app.sql<{ id: string }>(`SELECT id FROM clients WHERE name = 'CRM'`))[0]?.id ?? '',
      details: { classic: true, public: false },
    }),
  }),
  rotateClientSecret: async () => {
    const { client: rotating } = await addModernClient(app);
    return {
      path: `/admin/clients/${rotating.id}/secret`,
      act: { action: 'clientSecretRotated', client_id: rotating.id },
    };
  },
  setAssertionAudience: async () => {
    const keyed = await registerWithKey(app);
    return {
      path: `/admin/clients/${keyed}/assertion-audience`,
      body: { audience: 'tokenEndpoint' },
      act: {
        action: 'clientAssertionAudienceChanged',
        client_id: keyed,
        details: { from: 'issuer', to: 'tokenEndpoint' },
      },
    };
  },
  setClientLogout: async () => {
    const { client: changing } = await addModernClient(app);
    return {
      path: `/admin/clients/${changing.id}/logout`,
      body: { postLogoutRedirectUris: ['https://app.example/'] },
      act: { action: 'clientLogoutChanged', client_id: changing.id },
    };
  },
  setPkceRequired: async () => {
    const { client: nonced } = await addModernClient(app);
    return {
      path: `/admin/clients/${nonced.id}/pkce`,
      body: { required: false },
      act: { action: 'clientPkceChanged', client_id: nonced.id, details: { required: false } },
    };
  },
  setClientLogo: async () => {
    const { client: shown } = await addModernClient(app);
    return {
      path: `/admin/clients/${shown.id}/logo`,
      body: { content: png(1, 1).toString('base64') },
      act: { action: 'clientLogoChanged', client_id: shown.id, details: { removed: false } },
    };
  },
  setBrand: async () => ({
    path: '/admin/brand',
    body: { name: 'Smith & Sons', accent: null },
    act: { action: 'brandChanged', details: { changed: ['name'] } },
  }),
  setBrandImage: async () => ({
    path: '/admin/brand/images/favicon',
    body: { content: png(1, 1).toString('base64') },
    act: { action: 'brandChanged', details: { changed: ['favicon'] } },
  }),
  removeClient: async () => {
    const { client: leaving } = await addModernClient(app);
    return { path: `/admin/clients/${leaving.id}`, act: { action: 'clientRemoved', client_id: leaving.id } };
  },
  addWebhookOfClient: async () => ({
    path: `/admin/clients/${client.id}/webhooks`,
    body: { url: URL_WITH_SECRET },
    act: async () => ({
      action: 'webhookAdded',
      client_id: client.id,
      subject:
        (await app.sql<{ id: string }>('SELECT id FROM webhooks WHERE client_id = $1', [client.id]))[0]?.id ??
        '',
      details: { host: 'hooks.example' },
    }),
  }),
  removeWebhookOfClient: async () => {
    const { path, clientId, webhook } = await addWebhook();
    const details = { host: 'hooks.example' };
    return { path, act: { action: 'webhookRemoved', client_id: clientId, subject: webhook, details } };
  },
  rotateWebhookSecretOfClient: async () => {
    const { path, clientId, webhook } = await addWebhook();
    const act = { action: 'webhookSecretRotated', client_id: clientId, subject: webhook };
    return { path: `${path}/secret`, act };
  },
  setWebhookEventsOfClient: async () => {
    const { path, clientId, webhook } = await addWebhook();
    const details = { events: ['connected', 'failed'] };
    return {
      path: `${path}/events`,
      body: { events: ['failed', 'connected'] },
      act: { action: 'webhookEventsChanged', client_id: clientId, subject: webhook, details },
    };
  },
  setWebhookDisabledOfClient: async () => {
    const { path, clientId, webhook } = await addWebhook();
    const details = { reason: 'requested' };
    return {
      path: `${path}/disabled`,
      body: { disabled: true },
      act: { action: 'webhookDisabled', client_id: clientId, subject: webhook, details },
    };
  },
  testWebhookOfClient: async () => {
    const { path, clientId, webhook } = await addWebhook();
    return { path: `${path}/test`, act: { action: 'webhookTested', client_id: clientId, subject: webhook } };
  },
  resendAnyDelivery: async () => {
    const sink = 'https://10.0.0.1/';
    const id = await openCallOf(app, { userName: 'anna', clientId: client.id, sink });
    const [row] = await app.sql<{ id: string }>('SELECT id FROM deliveries WHERE call_id = $1', [id]);
    const act = { action: 'deliveryResent', user_id: anna, client_id: client.id, subject: row?.id ?? '' };
    return { path: `/admin/deliveries/${row?.id}/resend`, act };
  },
};

const { paths } = (await request(app, 'GET', '/openapi.json')).json<{
  paths: Record<string, Record<string, { operationId: string }>>;
}>();
const operations = Object.entries(paths)
  .filter(([path]) => path.startsWith('/admin/'))
  .flatMap(([, methods]) => Object.entries(methods))
  .filter(([method, { operationId }]) => method !== 'get' || /^export/.test(operationId))
  .map(([method, { operationId }]) => ({ method: method.toUpperCase(), operationId }));

test('these are all changing operations of the admin API', () => {
  assert.deepEqual(
    operations.map(({ operationId }) => operationId).toSorted(),
    Object.keys(cases).toSorted(),
  );
});

suite('an act of an administrator is recorded once, with actor, application and address', () => {
  for (const { method, operationId } of operations) {
    test(operationId, async () => {
      const { path, body, act } = (await cases[operationId]?.()) ?? assert.fail('no such case');
      const acts = await actsOf(app, async () => {
        const answer = await administrator.send(method, path, body);
        assert.ok(answer.status < 300, answer.text);
      });
      const expected = typeof act === 'function' ? await act() : act;
      assert.deepEqual(
        acts.map(({ id: _, at: __, ...rest }: RecordedAct & { at?: Date }) => rest),
        [
          {
            actor: 'administrator',
            actor_user_id: await userId(app, 'rosa'),
            actor_client_id: administrator.clientId,
            ip_address: acts[0]?.ip_address,
            user_id: null,
            client_id: null,
            subject: null,
            details: {},
            ...expected,
          },
        ],
      );
      assert.match(acts[0]?.ip_address ?? '', /^(127\.0\.0\.1|::1)$/);
    });
  }
});

suite('an act without effect is not recorded', () => {
  const refusals: Record<string, readonly [string, string, unknown?]> = {
    'of nobody': ['PUT', '/admin/users/nobody/limit', { limit: 1 }],
    'of a limit that is the user’s already': ['PUT', '/admin/users/anna/limit', { limit: 9 }],
    'of a SIP address that is the user’s already': [
      ...(['PUT', '/admin/users/anna/sip-address', { sipAddress: 'sip:anna@pbx.example.com' }] as const),
    ],
    'of a user who is not disabled': ['PUT', '/admin/users/anna/disabled', { disabled: false }],
    'of a grant there is not': ['DELETE', '/admin/users/anna/grants/unknown'],
    'of a call there is not': ['POST', '/admin/calls/unknown/end'],
    'of a client there is not': ['DELETE', '/admin/clients/unknown'],
    'of a webhook there is not': ['DELETE', `/admin/clients/${client.id}/webhooks/unknown`],
    'of a webhook that is not disabled': ['PUT', `${unchanged.path}/disabled`, { disabled: false }],
    'of events that are the webhook’s already': ['PUT', `${unchanged.path}/events`, { events: null }],
    'of a test event to a webhook there is not': [
      ...(['POST', `/admin/clients/${client.id}/webhooks/unknown/test`] as const),
    ],
  };
  for (const [title, [method, path, body]] of Object.entries(refusals)) {
    test(title, async () => {
      assert.deepEqual(await actsOf(app, () => administrator.send(method, path, body)), []);
    });
  }

  test('repeating an interrupted removal of a client', async () => {
    const { client: leaving } = await addModernClient(app);
    await app.sql('UPDATE clients SET removed_at = now() WHERE id = $1', [leaving.id]);
    const acts = await actsOf(app, async () => {
      const answer = await administrator.send('DELETE', `/admin/clients/${leaving.id}`);
      assert.equal(answer.status, 204, answer.text);
    });
    assert.deepEqual(acts, []);
  });

  test('ending a call that has ended', async () => {
    const id = await openCall(app, await classicToken(app, client, 'anna'));
    await administrator.send('POST', `/admin/calls/${id}/end`);
    assert.deepEqual(await actsOf(app, () => administrator.send('POST', `/admin/calls/${id}/end`)), []);
  });
});

test('an act that cannot be recorded has no effect', async () => {
  await app.sql(
    `ALTER TABLE audit_log ADD CONSTRAINT refused CHECK (action <> 'userLimitChanged') NOT VALID`,
  );
  const answer = await administrator.send('PUT', '/admin/users/anna/limit', { limit: 4 });
  assert.equal(answer.status, 500, answer.text);
  await app.sql('ALTER TABLE audit_log DROP CONSTRAINT refused');
  const [row] = await app.sql('SELECT max_ongoing_calls AS "limit" FROM users WHERE id = $1', [anna]);
  assert.deepEqual(row, { limit: 9 });
});

suite('a recorded act cannot be changed', () => {
  for (const statement of [
    `UPDATE audit_log SET action = 'signedIn'`,
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
  ]) {
    test(statement, () =>
      assert.rejects(app.sql(statement), /rows of the audit log cannot be changed or deleted/),
    );
  }
});
