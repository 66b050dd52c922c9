import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, addUser } from '../../harness/people.ts';
import { visitor } from '../account/visitor.ts';
import { credentials, parametersOf, withQuery } from '../classic/flow.ts';
import { addSignedIn } from '../console/console.ts';
import { addPerson, authorizationUrl, configure, OPENS_PAGE, submit } from './modern-walk.ts';

const app = await startApp();
const config = await configure(app, await addModernClient(app));
const client = await addClassicClient(app);

const policyOf = ({ headers }: Answer) => headers.get('cross-origin-opener-policy');

/** Every response on the way is checked: a redirect that cuts off the opener does so for good. */
suite('a popup keeps its opener (Cross-Origin-Opener-Policy: unsafe-none)', () => {
  test('from the authorization request to the application, by sign-in and consent', async () => {
    const person = await addPerson(app, 'popup');
    const { url } = await authorizationUrl(config);
    const answers = [await person.browser.get(url.href, OPENS_PAGE)];
    const last = () => answers.at(-1) as Answer;
    const signInAddress = last().location;
    answers.push(await person.browser.get(signInAddress, OPENS_PAGE));
    const typed = { username: 'popup', password: 'wrong' };
    answers.push(await submit(person, signInAddress, last().text, typed));
    answers.push(await submit(person, signInAddress, last().text, { ...typed, password: 'correct horse' }));
    answers.push(await person.browser.get(last().location, OPENS_PAGE));
    const consentAddress = last().location;
    answers.push(await person.browser.get(consentAddress, OPENS_PAGE));
    answers.push(await submit(person, consentAddress, last().text, { grant: 'true' }));
    answers.push(await person.browser.get(last().location, OPENS_PAGE));
    assert.match(last().location, /[?&]code=/);
    answers.push(await person.browser.get(consentAddress, OPENS_PAGE)); // back
    assert.deepEqual(
      answers.map(({ status }) => status),
      [303, 200, 403, 303, 303, 200, 303, 303, 409],
    );
    for (const answer of answers) assert.equal(policyOf(answer), 'unsafe-none', String(answer.status));
  });

  test('through the flows of 2012', async () => {
    const { browser } = await addPerson(app, 'classic');
    const parameters = parametersOf(client, 'code');
    const answers = [
      await browser.get(withQuery('/oauth/auth', parameters)),
      await browser.get(withQuery('/auth/login', parameters), OPENS_PAGE),
      await browser.post('/auth/login', { ...parameters, ...credentials('classic') }),
      await browser.get(withQuery('/auth/grant', parameters), OPENS_PAGE),
      await browser.post('/auth/grant', { ...parameters, grant: 'true' }),
      await browser.get(withQuery('/auth/grant', parameters), OPENS_PAGE),
      await browser.post('/auth/grant', { ...parameters, grant: 'false' }),
      await browser.get('/auth/login?client_id=unknown', OPENS_PAGE),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [302, 200, 303, 200, 303, 303, 303, 400],
    );
    for (const answer of answers) assert.equal(policyOf(answer), 'unsafe-none', String(answer.status));
  });

  test('on the device page, and on the pages of a wrong request', async () => {
    const { browser } = await addPerson(app, 'device');
    for (const path of ['/oauth/device', '/oauth/authorize?client_id=unknown', '/interaction/unknown'])
      assert.equal(policyOf(await browser.get(path, OPENS_PAGE)), 'unsafe-none', path);
  });
});

test('the pages of the account and the console are alone in their group (same-origin)', async () => {
  await addUser(app, 'anna');
  const browser = await visitor(app, 'anna');
  const administrator = await addSignedIn(app, 'ada');
  for (const path of ['/account', '/account/applications', '/account/security', '/sign-in', '/signed-out'])
    assert.equal(policyOf(await browser.get(path, OPENS_PAGE)), 'same-origin', path);
  for (const path of ['/console', '/console/users', '/console/sign-in'])
    assert.equal(policyOf(await administrator.browser.get(path, OPENS_PAGE)), 'same-origin', path);
});
