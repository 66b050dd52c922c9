import assert from 'node:assert/strict';
import { startSite } from '../browser/sites.ts';
import { freePort } from '../harness/free-port.ts';
import { until } from '../harness/until.ts';
import { startApache } from './apache.ts';
import { testFlows } from './flows.ts';
import { placeCall } from './place-call.ts';
import { settingsOf } from './program.ts';
import { openRoom } from './room.ts';
import { assertSignsOut, openPage } from './visitor.ts';

const origin = `http://localhost:${await freePort()}`;
const redirectUri = `${origin}/callback`;
const room = await openRoom({ SINK_ALLOW_HOSTS: new URL(origin).host });
const registered = await room.register({
  redirectUris: [redirectUri],
  postLogoutRedirectUris: [`${origin}/signed-out`],
  backchannelLogoutUri: `${redirectUri}?logout=backchannel`,
  backchannelLogoutSessionRequired: true,
});

/** The application behind Apache: says what Apache tells it of the person. */
const application = await startSite(async ({ headers }, response) => {
  const token = headers['oidc_access_token'];
  const facts = {
    claims: {
      sub: headers['oidc_claim_sub'],
      preferred_username: headers['remote-user'],
      name: headers['oidc_claim_name'],
    },
    ...(typeof token === 'string' && { call: await placeCall(room.app, token) }),
  };
  response.end(JSON.stringify(facts));
});

async function signIn() {
  return JSON.parse((await openPage(room, origin)).text);
}

testFlows(
  'mod_auth_openidc',
  room,
  registered,
  async () => {
    await startApache(
      'mod_auth_openidc.conf',
      { origin, application },
      settingsOf(room, registered, redirectUri),
    );
    return signIn();
  },
  {
    async 'sign-out'() {
      const back = `${origin}/signed-out`;
      await assertSignsOut(room, `${redirectUri}?logout=${encodeURIComponent(back)}`, back);
    },
    async 'back-channel sign-out'() {
      await signIn();
      const { browser } = room.anna;
      assert.equal((await browser.get(origin)).status, 200);
      await openPage(room, `${room.app.url}/auth/logout`);
      await until('Apache asks to sign in', async () => (await browser.get(origin)).status === 302);
    },
  },
);
