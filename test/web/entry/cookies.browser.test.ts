import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchChromium, visit } from '../../browser/chromium.ts';
import { startApp } from '../../harness/app.ts';
import { freePort } from '../../harness/free-port.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';
import { startTlsProxy } from '../../harness/tls-proxy.ts';
import { makeCertificate } from '../../peers/certificate.ts';

const tlsPort = await freePort();
const app = await startApp({ PUBLIC_URL: `https://localhost:${tlsPort}`, TRUST_PROXY: '127.0.0.1,::1' });
await startTlsProxy(tlsPort, app.config.port, makeCertificate());
const browser = await launchChromium();
await addUser(app, 'ada', { administrator: true });

test('behind TLS, Chromium takes the prefixed cookies of My account and of the console, and both stay signed in', async () => {
  const { page } = await visit(browser, { ignoreHTTPSErrors: true });
  const signIn = async (path: string, then: string) => {
    await page.goto(`${app.url}${path}`);
    await page.getByLabel('User name').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`**${then}`);
  };
  await signIn('/sign-in', '/account');
  await signIn('/console/sign-in', '/console');
  await page.goto(`${app.url}/account/security`);
  assert.equal(await page.title(), 'Security · ClickToCall');
  const cookies = await page.context().cookies();
  for (const name of ['clicktocall', 'clicktocall_browser', 'clicktocall_console']) {
    const cookie = cookies.find((each) => each.name === `__Host-${name}`);
    assert.deepEqual(
      { secure: cookie?.secure, path: cookie?.path, domain: cookie?.domain },
      { secure: true, path: '/', domain: 'localhost' },
      name,
    );
  }
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL('**/signed-out');
  await page.goto(`${app.url}/account`);
  await page.waitForURL('**/sign-in?*');
});

test('Chromium refuses a prefixed cookie that is planted without TLS', async () => {
  const { page } = await visit(browser, { ignoreHTTPSErrors: true });
  await page.goto(`http://localhost:${app.config.port}/sign-in`);
  await page.evaluate(`document.cookie = '__Host-clicktocall_console=planted; path=/'`);
  await page.evaluate(`document.cookie = 'plain=planted; path=/'`);
  assert.deepEqual(
    (await page.context().cookies()).map(({ name }) => name),
    ['plain'],
  );
});
