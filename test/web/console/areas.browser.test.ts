import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { launchChromium } from '../../browser/chromium.ts';
import { assertGoodInAllViews, assertGoodPage } from '../../browser/views.ts';
import { eventually } from '../../core/events/receiver.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser } from '../../harness/people.ts';
import { openCall } from '../classic/call.ts';
import { registerWithKey } from '../oauth/modern-walk.ts';
import { addCaller } from './calls.ts';
import { enterConsole } from './console-browser.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1,127.0.0.2' });
const browser = await launchChromium();
const SCRIPT = '"><script>document.title = "hacked"</script>';
const client = await addClassicClient(app, SCRIPT);
const keyed = await registerWithKey(app);
const { webhook } = await app.events.webhooks.addWebhook(
  client.id,
  { url: 'http://127.0.0.1:9/a-rather-long-path/that-no-telephone-is-wide-enough-for' },
  COMMAND_LINE,
);
const sipAddress = `sip:${'a-name-without-end-'.repeat(11)}@pbx.example.com;transport=tls`;
const anna = await addCaller(app, 'anna', { limit: 1, numbers: ['+447700900001'], sipAddress }, client);
await addUser(app, 'bert');
await app.users.setDisabled('bert', true, COMMAND_LINE);
await openCall(app, anna);
await eventually(async () => {
  const { items: deliveries } = await app.events.deliveries.listDeliveries(
    { webhookId: webhook.id },
    { size: 1 },
  );
  return (deliveries[0]?.attempts.length ?? 0) > 1;
});
const disabled = await app.events.webhooks.addWebhook(
  client.id,
  { url: 'http://127.0.0.2:9/gone', events: ['connected', 'failed'] },
  COMMAND_LINE,
);
await app.events.webhooks.setDisabled(disabled.webhook.id, null, true, COMMAND_LINE);
await app.events.deliveries.sendTest(disabled.webhook.id, null, COMMAND_LINE);
await app.sql(
  `INSERT INTO delivery_circuits (client_id, host, timeouts, last_timeout_at, opened_at, pause, paused_until)
   VALUES ($1, '127.0.0.1', 5, now(), now(), '1 hour', now() + interval '1 hour')`,
  [client.id],
);

const PATHS = [
  '/console/users',
  '/console/users?name=nobody',
  '/console/new-user',
  '/console/users/anna',
  '/console/users/bert?done=disabled',
  '/console/users/anna/disable',
  `/console/users/anna/grants/${client.id}/withdraw`,
  '/console/clients',
  '/console/new-client',
  `/console/clients/${client.id}`,
  `/console/clients/${keyed}?done=audience`,
  `/console/clients/${client.id}/secret`,
  `/console/clients/${client.id}/remove`,
  `/console/webhooks/${webhook.id}?done=resent`,
  `/console/webhooks/${disabled.webhook.id}?done=tested`,
  `/console/webhooks/${webhook.id}/disable`,
  `/console/webhooks/${webhook.id}/secret`,
  `/console/webhooks/${webhook.id}/remove`,
];

test('the pages of users, applications and webhooks are accessible, valid and fit', async () => {
  const opened = await enterConsole(browser, app, 'ada');
  for (const path of PATHS) {
    await assertGoodPage(opened, `${app.url}${path}`);
    assert.doesNotMatch(await opened.page.title(), /^hacked/, path);
  }
  await assertGoodPage(opened, `${app.url}/console/users/nobody`, 404);
});

test('the answers of forms are accessible and fit', async () => {
  const { page } = await enterConsole(browser, app, 'ada-forms');
  await page.goto(`${app.url}/console/users/anna`);
  await page.getByLabel('Numbers, one per line').fill(`12 ${SCRIPT}`);
  await page.getByRole('button', { name: 'Set numbers' }).click();
  await page.getByRole('alert').filter({ hasText: 'number must begin with +' }).waitFor();
  await assertGoodInAllViews(page);

  await page.goto(`${app.url}/console/new-client`);
  await page.getByLabel('Name', { exact: true }).fill(SCRIPT);
  await page.getByLabel('Redirect URIs, one per line', { exact: true }).fill('not-a-uri');
  await page.getByRole('button', { name: 'Register application' }).click();
  await page.getByRole('alert').filter({ hasText: 'Redirect URI 1 must be an absolute URI' }).waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), SCRIPT);
  await assertGoodInAllViews(page);
  await page.getByLabel('Redirect URIs, one per line', { exact: true }).fill('https://crm.example/callback');
  await page.getByRole('button', { name: 'Register application' }).click();
  await page.getByText('This is shown only once').waitFor();
  await assertGoodInAllViews(page);
  assert.doesNotMatch(await page.title(), /^hacked/);
});

test('on a phone the error of a form is in view and has the focus, wherever the form is', async () => {
  const viewport = { width: 390, height: 664 };
  const { page } = await enterConsole(browser, app, 'ada-phone', { viewport });
  const fillAll = async (texts: Record<string, string>) => {
    for (const [label, text] of Object.entries(texts))
      await page.getByLabel(new RegExp(`^${label}`)).fill(text);
  };
  const clearEvents = async () => {
    for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
  };
  const forms: readonly [path: string, fill: () => Promise<void>, button: string][] = [
    [
      `/console/clients/${client.id}`,
      () => page.getByLabel('URL of a new webhook').fill('http://localhost/'),
      'Add webhook',
    ],
    [`/console/webhooks/${webhook.id}`, clearEvents, 'Save events'],
    ['/console/users/anna', () => page.getByLabel('Numbers, one per line').fill('12'), 'Set numbers'],
    ['/console/users/anna', () => page.getByLabel('SIP address').fill('anna'), 'Set SIP address'],
    ['/console/new-user', () => fillAll({ Name: 'two words', 'Simultaneous calls': '1' }), 'Add user'],
    [
      '/console/new-client',
      () => fillAll({ Name: 'CRM', 'Redirect URIs': 'nowhere' }),
      'Register application',
    ],
  ];
  for (const [path, fill, name] of forms) {
    await page.goto(`${app.url}${path}`);
    await fill();
    await page.getByRole('button', { name }).click();
    const error = page.locator('[role="alert"]:focus');
    await error.waitFor();
    const box = await error.boundingBox();
    assert.ok(box && box.y >= 0 && box.y + box.height <= viewport.height, `${path}: at ${box?.y}`);
  }
});

test('an administrator adds a user by keyboard alone, who then signs in with the password that was made, and changes it', async () => {
  const { page, complaints } = await enterConsole(browser, app, 'keyboard');
  await page.goto(`${app.url}/console/users`);
  await page.getByRole('link', { name: 'Add a user' }).press('Enter');
  await page.waitForURL('**/console/new-user');
  await page.locator('#name:focus').waitFor(); // the page puts the cursor there, a moment after it is loaded
  await page.keyboard.type('carla');
  const [password, mustBeChanged] = ['', '']; // the server makes the password; the box is ticked
  for (const typed of [password, mustBeChanged, '3', '+447700900009', 'sip:carla@pbx.example.com']) {
    await page.keyboard.press('Tab');
    await page.keyboard.type(typed);
  }
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await page.getByText('This is shown only once').waitFor();
  const made = await page.locator('pre').innerText();
  assert.deepEqual(complaints, []);
  await page.getByRole('link', { name: 'Continue to carla' }).press('Enter');
  await page.getByRole('heading', { name: 'carla' }).waitFor();
  await page.getByText('0 of 3').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('User name').fill('carla');
  await page.getByLabel('Password').fill(made);
  await page.keyboard.press('Enter');
  await page.getByLabel('New password').fill('a horse of her own');
  await page.getByLabel('Repeat password').fill('a horse of her own');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console');
});
