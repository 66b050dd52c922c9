import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { Browser } from '../harness/browser.ts';
import { addClassicClient, addModernClient, addUser } from '../harness/people.ts';
import { visitor } from '../web/account/visitor.ts';
import { parametersOf } from '../web/classic/flow.ts';
import { addSignedIn } from '../web/console/console.ts';
import { authorizationUrl, configure } from '../web/oauth/modern-walk.ts';

const app = await startApp();
const HTML = { accept: 'text/html' };

interface Form {
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>>;
}

/** The sign-in page of each flow, as its form is sent. */
const pages: Readonly<Record<string, (browser: Browser) => Promise<Form>>> = {
  'My account': async () => ({ action: '/sign-in' }),
  'the console': async () => ({ action: '/console/sign-in' }),
  async 'the classic flow'() {
    return { action: '/auth/login', hidden: parametersOf(await addClassicClient(app), 'code') };
  },
  async 'the application flow'(browser) {
    const { url } = await authorizationUrl(await configure(app, await addModernClient(app)));
    return { action: (await browser.get(url.href)).location };
  },
};

/** The tag of a field, in one line. */
function inputOf(page: string, name: string): string {
  return new RegExp(`<input id="${name}"[^>]*>`).exec(page)?.[0].replaceAll(/\s+/g, ' ') ?? '';
}

suite('after a wrong password, the user need not enter the name again', () => {
  for (const [where, open] of Object.entries(pages)) {
    test(`in ${where}`, async () => {
      const browser = new Browser(app.url);
      const { action, hidden } = await open(browser);
      const form = { ...hidden, username: 'anna-"<i>', password: 'a wrong one' };
      const { status, text } = await browser.post(action, form, HTML);
      assert.equal(status, 403);
      assert.match(text, /role="alert">The user name or the password is wrong/);
      const [userName, password] = [inputOf(text, 'username'), inputOf(text, 'password')];
      assert.match(userName, / value="anna-&#34;&#60;i&#62;"| value="anna-&quot;&lt;i&gt;"/);
      assert.doesNotMatch(userName, / autofocus/);
      assert.match(password, / autofocus/);
      assert.doesNotMatch(password, / value=/);
    });
  }
});

test('each page on which someone chooses a password says that it must not be the user name', async () => {
  await addUser(app, 'anna');
  const anna = await visitor(app, 'anna');
  const ada = await addSignedIn(app, 'ada');
  for (const page of [
    await anna.get('/account/security', HTML),
    await ada.open('/console/new-user'),
    await ada.open('/console/users/anna'),
  ]) {
    assert.equal(page.status, 200);
    assert.match(page.text, /At least 8 characters, not a common password, and not the user name\./);
  }
});
