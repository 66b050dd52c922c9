import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, classicToken, PASSWORD } from '../../harness/people.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { openCall } from '../../web/classic/call.ts';
import { parametersOf } from '../../web/classic/flow.ts';
import { actsOf } from './acts.ts';

const CANARIES = {
  name: 'Kanarienvogel',
  otherName: 'kanaria',
  password: 'sings-at-dawn',
  typedAsName: 'sings-at-dusk',
  number: '447700900321',
  address: 'whistle-key',
};

test('the audit log contains no name of a person, number, password, secret or token', async () => {
  const app = await startApp();
  const client = await addClassicClient(app);
  const administrator = await addAdministrator(app);
  const { name, password, number } = CANARIES;
  const secrets: string[] = [PASSWORD, client.secret, administrator.token];
  const send = async (method: string, path: string, body?: object) => {
    const answer = await administrator.send(method, path, body);
    assert.ok(answer.status < 300, answer.text);
    if (answer.text === '') return '';
    const { secret, id } = answer.json<{ secret?: string; id?: string }>();
    if (secret !== undefined) secrets.push(secret);
    return id ?? '';
  };

  const acts = await actsOf(app, async () => {
    await addUser(app, CANARIES.otherName, { numbers: [`+${number}`] });
    await send('POST', '/admin/users', { name, password, numbers: [`+${number}`] });
    await send('PUT', `/admin/users/${name}/numbers`, { numbers: [`+${number}`] });
    await send('PUT', `/admin/users/${name}/limit`, { limit: 3 });
    await send('PUT', `/admin/users/${name}/password`, { password });

    const token = await classicToken(app, client, CANARIES.otherName);
    const call = await openCall(app, token, '+12025550123');
    secrets.push(token, '2025550123');
    await send('POST', `/admin/calls/${call}/end`, { reason: `+${number} rang (${number})` });
    for (const username of [name, CANARIES.typedAsName]) {
      const form = { ...parametersOf(client, 'code'), username, password: `${password}!` };
      await new Browser(app.url).post('/auth/login', form);
    }

    const url = `https://hooks.example/${CANARIES.address}`;
    const registered = await send('POST', '/admin/clients', { name: 'CRM', redirectUris: [url] });
    await send('POST', `/admin/clients/${registered}/secret`);
    const webhook = await send('POST', `/admin/clients/${registered}/webhooks`, { url });
    await send('POST', `/admin/clients/${registered}/webhooks/${webhook}/secret`);
    await send('DELETE', `/admin/clients/${registered}/webhooks/${webhook}`);
    await send('DELETE', `/admin/clients/${registered}`);
    await send('DELETE', `/admin/users/${CANARIES.otherName}/grants/${client.id}`);
    await send('PUT', `/admin/users/${name}/disabled`, { disabled: true });
    await administrator.get(`/admin/audit-log/export?user=${name}&actor=${CANARIES.otherName}`);
  });

  assert.equal(secrets.length, 9, 'the secrets that were shown are among them');
  assert.ok(acts.length >= 18, `${acts.length} acts`);
  const rows = JSON.stringify(await app.sql('SELECT * FROM audit_log')).toLowerCase();
  for (const canary of [...Object.values(CANARIES), ...secrets])
    assert.ok(!rows.includes(canary.toLowerCase()), `${canary} in ${rows}`);
});
