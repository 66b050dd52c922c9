import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchChromium } from '../../browser/chromium.ts';
import { assertGoodPage } from '../../browser/views.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient } from '../../harness/people.ts';
import { openCall, stopCall } from '../classic/call.ts';
import { addCaller } from './calls.ts';
import { enterConsole } from './console-browser.ts';

const app = await startApp();
const browser = await launchChromium();
const SCRIPT = '"><script>document.title = "hacked"</script>';
const client = await addClassicClient(app, SCRIPT);
const anna = await addCaller(app, 'anna', { limit: 9, numbers: ['+447700900001'] }, client);
const ended = await openCall(app, anna);
await stopCall(app, anna, ended);
const ongoing = await openCall(app, anna, '+12025550177');
await app.sql('UPDATE calls SET client_reference = $1, metadata = jsonb_build_object($1::text, $1::text)', [
  SCRIPT,
]);

await app.sql(
  `UPDATE calls SET cause_leg = 'callee', sip_status = 603, q850_cause = 21, cause_text = rpad('<i>', 200, 'x') WHERE id = $1`,
  [ended],
);

const PAGES = [
  '/console/calls',
  '/console/calls?q=nobody&state=failed',
  `/console/calls/${ended}`,
  `/console/calls/${ongoing}`,
  '/console/charts',
  '/console/audit-log',
  '/console/retention',
  '/console/users/anna/data',
];

test('history, charts, audit log, retention and a person’s data are accessible, valid and fit', async () => {
  const opened = await enterConsole(browser, app, 'ada');
  for (const path of PAGES) {
    await assertGoodPage(opened, `${app.url}${path}`);
    assert.doesNotMatch(await opened.page.title(), /hacked/);
  }
  await assertGoodPage(opened, `${app.url}/console/calls?from=soon`, 400);
});

test('each chart is drawn, and its table opens with the keyboard', async () => {
  const { page, complaints } = await enterConsole(browser, app, 'chartist');
  await page.goto(`${app.url}/console/charts`);
  const canvases = page.locator('figure.chart canvas');
  await canvases.first().waitFor();
  assert.equal(await canvases.count(), 3);
  const inked = await page.evaluate<
    number[]
  >(`[...document.querySelectorAll('figure.chart canvas')].map((canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((byte) => byte > 0).length)`);
  for (const bytes of inked) assert.ok(bytes > 1_000, `a canvas with ${bytes} bytes of ink`);
  await page.getByText('The numbers of “Calls per day, by outcome”').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('columnheader', { name: 'No answer' }).waitFor();
  assert.deepEqual(complaints, []);
});

test('without script the charts are their tables', async () => {
  const { page } = await enterConsole(browser, app, 'plain', { javaScriptEnabled: false });
  await page.goto(`${app.url}/console/charts`);
  assert.equal(await page.locator('canvas').count(), 0);
  await page.getByText('The numbers of “Ongoing calls”').click();
  await page.getByRole('columnheader', { name: 'Time (UTC)' }).waitFor();
});
