import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CDPSession, Page } from 'playwright-core';
import { launchChromium, visit } from '../../browser/chromium.ts';
import { assertAccessible } from '../../browser/inspect.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';

const app = await startApp();
const browser = await launchChromium();

interface Device {
  readonly page: Page;
  readonly complaints: readonly string[];
  /** What its authenticator is told, and tells. */
  readonly cdp: CDPSession;
  readonly authenticatorId: string;
}

/** A browser with a passkey of its own that agrees to everything. */
async function newDevice(): Promise<Device> {
  const { page, complaints } = await visit(browser);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, complaints, cdp, authenticatorId };
}

async function signIn({ page }: Device, name: string, path = '/console'): Promise<void> {
  await page.goto(`${app.url}${path}`);
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Adds an administrator, with a passkey. */
async function addWithPasskey(device: Device, name: string): Promise<void> {
  const { page } = device;
  await addUser(app, name, { administrator: true });
  await signIn(device, name, '/console/security');
  await page.getByLabel('Name', { exact: true }).fill(`Passkey of ${name}`);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('status').waitFor();
}

/** Leaves and comes back, as far as the second step. */
async function comeBack(device: Device, name: string): Promise<void> {
  await device.page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(device, name);
  await device.page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
}

async function actsOf(name: string): Promise<unknown> {
  const rows = await app.sql<{ action: string }>(
    `SELECT action FROM audit_log WHERE user_id = (SELECT id FROM users WHERE name = $1) AND actor = 'administrator'
      ORDER BY id`,
    [name],
  );
  return rows.map(({ action }) => action);
}

test('a passkey is added, named, and signs in', async () => {
  const device = await newDevice();
  const { page, complaints } = device;
  await addWithPasskey(device, 'ada');
  assert.equal(await page.getByLabel('Name of Passkey of ada').inputValue(), 'Passkey of ada');
  await assertAccessible(page);

  await comeBack(device, 'ada');
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByRole('heading', { name: 'Calls now' }).waitFor();
  assert.deepEqual(complaints, []);

  const [kept] = await app.sql(
    `SELECT kind, name, counter > 0 AS counted, transports, last_used_at IS NOT NULL AS used FROM second_factors`,
  );
  assert.deepEqual(kept, {
    ...{ kind: 'passkey', name: 'Passkey of ada', counted: true, transports: ['internal'], used: true },
  });
  assert.deepEqual(await actsOf('ada'), [
    ...['signedIn', 'secondFactorAdded', 'signedOut', 'signedIn', 'signedIn'],
  ]);
});

test('wrong codes of an authenticator app do not stop a passkey', async () => {
  const device = await newDevice();
  await addWithPasskey(device, 'beate');
  await comeBack(device, 'beate');
  await app.sql(
    `INSERT INTO sign_in_attempts (key, points, expire)
     SELECT 'second-factor:' || id, 6, extract(epoch FROM now()) * 1000 + 900000 FROM users WHERE name = 'beate'`,
  );
  await device.page.getByRole('button', { name: 'Use a passkey' }).click();
  await device.page.getByRole('heading', { name: 'Calls now' }).waitFor();
});

test('the same passkey is not added twice', async () => {
  const device = await newDevice();
  await addWithPasskey(device, 'twice');
  await device.page.getByRole('button', { name: 'Add a passkey' }).click();
  await device.page.getByRole('alert').filter({ hasText: /./ }).waitFor();
  const rows = await app.sql(
    `SELECT 1 FROM second_factors f JOIN users u ON u.id = f.user_id WHERE u.name = 'twice'`,
  );
  assert.equal(rows.length, 1);
});

suite('is refused', () => {
  test('another user’s passkey', async () => {
    const device = await newDevice();
    await addWithPasskey(device, 'bert');
    const thief = await newDevice();
    await addWithPasskey(thief, 'mallory');
    const { page } = thief;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(thief, 'bert');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('alert').filter({ hasText: 'The passkey was not used' }).waitFor();
    await page.goto(`${app.url}/console`);
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  });

  test('an answer that was given before', async () => {
    const device = await newDevice();
    const { page } = device;
    await addWithPasskey(device, 'replayed');
    await comeBack(device, 'replayed');
    const [sent] = await Promise.all([
      page.waitForRequest((request) => request.url().endsWith('/console/second-factor/passkey')),
      page.getByRole('button', { name: 'Use a passkey' }).click(),
    ]);
    await page.getByRole('heading', { name: 'Calls now' }).waitFor();
    const answer = new URLSearchParams(sent.postData() ?? '').get('response') ?? '';
    assert.ok(answer.includes('clientDataJSON'));

    const replay = async () => {
      const response = await page.request.post(`${app.url}/console/second-factor/passkey`, {
        form: { response: answer },
        headers: { accept: 'application/json' },
        maxRedirects: 0,
      });
      return { status: response.status(), error: (await response.json()).error };
    };
    // As with passkeys that do not count: then the challenge alone tells that the answer is old.
    await app.sql('UPDATE second_factors SET counter = 0');
    assert.deepEqual(await replay(), { status: 403, error: 'second_factor_refused' });

    await comeBack(device, 'replayed');
    assert.deepEqual(await replay(), { status: 403, error: 'second_factor_refused' });
    const asked = await page.request.post(`${app.url}/console/second-factor/passkey/options`);
    assert.equal(asked.status(), 200);
    assert.deepEqual(await replay(), { status: 403, error: 'second_factor_refused' });
    const acts = (await actsOf('replayed')) as string[];
    assert.equal(acts.at(-1), 'secondFactorRefused');
  });

  test('a copy of a passkey that has counted less than the passkey itself', async () => {
    const device = await newDevice();
    const { page, cdp, authenticatorId } = device;
    await addWithPasskey(device, 'copied');
    await app.sql(
      `UPDATE second_factors SET counter = 1000 WHERE user_id = (SELECT id FROM users WHERE name = 'copied')`,
    );
    await comeBack(device, 'copied');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('alert').filter({ hasText: 'not accepted' }).waitFor();
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    assert.equal(credentials.length, 1);
  });

  test('a response more than five minutes after the challenge', async () => {
    const device = await newDevice();
    const { page } = device;
    await addWithPasskey(device, 'slow');
    await comeBack(device, 'slow');
    await page.route('**/console/second-factor/passkey', async (route) => {
      await app.sql(`UPDATE console_sessions SET challenged_at = challenged_at - interval '6 minutes'`);
      await route.continue();
    });
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('alert').filter({ hasText: 'The request for the passkey has expired' }).waitFor();
  });
});

test('where the public address is an IP address, the page says that passkeys do not work there', async () => {
  const { port } = new URL(app.url);
  const node = await startNode(app, { PUBLIC_URL: `http://127.0.0.1:${port}` });
  await addUser(app, 'numbered', { administrator: true });
  const { page } = await visit(browser);
  await page.goto(`http://localhost:${node.config.port}/console/sign-in`);
  await page.getByLabel('User name').fill('numbered');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.goto(`http://localhost:${node.config.port}/console/security`);
  await page.getByText('PUBLIC_URL is an IP address').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Add a passkey' }).count(), 0);
});

test('without script the page says what passkeys need', async () => {
  await addUser(app, 'scriptless', { administrator: true });
  const { page } = await visit(browser, { javaScriptEnabled: false });
  await page.goto(`${app.url}/console/security`);
  await page.getByLabel('User name').fill('scriptless');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('noscript p').filter({ hasText: 'Passkeys need JavaScript' }).waitFor();
});
