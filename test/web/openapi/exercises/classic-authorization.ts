import { addDemoClient, addUser } from '../../../harness/people.ts';
import { FORM, request } from '../../../platform/http/request.ts';
import {
  classicCode,
  cookiesOf,
  credentials,
  type Parameters,
  parametersOf,
  withQuery,
} from '../../classic/flow.ts';
import { whilePasswordsWait } from './busy-passwords.ts';
import type { Exercise, ExercisesOfFace } from './exercise.ts';
import type { Stage } from './stage.ts';

const FORGED = { 'sec-fetch-site': 'cross-site' };
let strangers = 0;

/** The session of somebody who has just signed in; of a user who has granted nothing, unless named. */
async function session({ app, client }: Stage, name?: string): Promise<Record<string, string>> {
  const user = name ?? `stranger${++strangers}`;
  if (name === undefined) await addUser(app, user);
  const form = new URLSearchParams({ ...parametersOf(client, 'code'), ...credentials(user) }).toString();
  return { cookie: cookiesOf(await request(app, 'POST', '/auth/login', FORM, form)) };
}

const asks =
  (path: string, further: Parameters = {}): Exercise =>
  ({ client }) => ({ path: withQuery(path, { ...parametersOf(client, 'code'), ...further }) });

const asksSignedIn =
  (path: string, name?: string): Exercise =>
  async (stage) => ({ ...(await asks(path)(stage)), headers: await session(stage, name) });

const sends =
  (path: string, further: Parameters, headers: Record<string, string> = {}): Exercise =>
  ({ client }) => ({ path, form: { ...parametersOf(client, 'code'), ...further }, headers });

const sendsSignedIn =
  (path: string, further: Parameters): Exercise =>
  async (stage) =>
    sends(path, further, await session(stage))(stage);

/** Every step checks these anew. */
const stepsThatAsk = (path: string) => ({
  '400 invalid_input': asks(path, { response_type: 'neither' }),
  '403 client_unknown': asks(path, { client_id: 'unknown' }),
  '403 redirect_uri_mismatch': asks(path, { redirect_uri: 'https://elsewhere.example' }),
});

const stepsThatSend = (path: string, form: Parameters) => ({
  '400 invalid_input': sends(path, { ...form, response_type: 'neither' }),
  '403 client_unknown': sends(path, { ...form, client_id: 'unknown' }),
  '403 redirect_uri_mismatch': sends(path, { ...form, redirect_uri: 'https://elsewhere.example' }),
  '403 cross_site_form': sends(path, form, FORGED),
});

const afterManyWrongPasswords: Exercise = async (stage) => {
  const { app } = stage;
  const username = `guessed${++strangers}`;
  await addUser(app, username);
  const sent = await sends('/auth/login', { username, password: 'wrong' })(stage);
  for (let attempt = 0; attempt < 10; attempt++)
    await request(app, 'POST', '/auth/login', FORM, new URLSearchParams(sent.form).toString());
  return sent;
};

const redeems =
  (further: Parameters = {}): Exercise =>
  async ({ app, client }) => ({
    path: withQuery('/oauth/token', {
      client_id: client.id,
      client_secret: client.secret,
      code: further['code'] ?? (await classicCode(app, client, 'anna')),
      redirect_uri: client.redirectUri,
      grant_type: 'authorization_code',
      ...further,
    }),
  });

export const classicAuthorization: ExercisesOfFace = {
  startClassicAuthorization: {
    ordinary: asks('/oauth/auth'),
    others: { ...stepsThatAsk('/oauth/auth'), '303': asks('/oauth/auth', { scope: 'admin' }) },
  },
  showSignInForm: {
    ordinary: asks('/auth/login'),
    others: {
      ...stepsThatAsk('/auth/login'),
      '303': [asksSignedIn('/auth/login'), asks('/auth/login', { scope: 'admin' })],
    },
  },
  signIn: {
    ordinary: sends('/auth/login', credentials('anna')),
    others: {
      ...stepsThatSend('/auth/login', credentials('anna')),
      '403 credentials_refused': sends('/auth/login', { username: 'anna', password: 'wrong' }),
      '503 password_hashing_busy': whilePasswordsWait(sends('/auth/login', credentials('anna'))),
      '429 too_many_sign_ins': afterManyWrongPasswords,
    },
  },
  showConsentForm: {
    ordinary: asksSignedIn('/auth/grant'),
    others: {
      ...stepsThatAsk('/auth/grant'),
      '302': asks('/auth/grant'),
      '303': asksSignedIn('/auth/grant', 'anna'),
    },
  },
  grant: {
    ordinary: sendsSignedIn('/auth/grant', { grant: 'true' }),
    others: {
      ...stepsThatSend('/auth/grant', { grant: 'true' }),
      '303': [
        sendsSignedIn('/auth/grant', { response_type: 'token', grant: 'true' }),
        sendsSignedIn('/auth/grant', { grant: 'false' }),
        sends('/auth/grant', { grant: 'true' }),
      ],
    },
  },
  redeemClassicCode: {
    ordinary: redeems(),
    others: {
      '400 invalid_input': redeems({ grant_type: 'password' }),
      '400 invalid_grant': redeems({ code: 'unknown' }),
      '401 invalid_client': redeems({ client_secret: 'wrong' }),
      '403 client_unknown': redeems({ client_id: 'unknown' }),
    },
  },
  signOutByLink: { ordinary: async (stage) => ({ path: '/auth/logout', headers: await session(stage) }) },
  signOut: {
    ordinary: async (stage) => ({ path: '/auth/logout', headers: await session(stage) }),
    others: { '403 cross_site_form': () => ({ path: '/auth/logout', headers: FORGED }) },
  },
  showReceived: {
    ordinary: async ({ app }) => {
      await addDemoClient(app);
      return { path: '/test?error=access_denied' };
    },
    others: {
      '404 not_found': async ({ app }) => {
        await app.sql('DELETE FROM clients WHERE demo');
        return { path: '/test' };
      },
    },
  },
};
