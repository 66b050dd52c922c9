import { SAMPLES } from '../../../../src/web/representations/samples.ts';
import type { TestApp } from '../../../harness/app.ts';
import { startApp, startNode } from '../../../harness/app.ts';
import {
  addClassicClient,
  addModernClient,
  addUser,
  type ClassicClient,
  classicToken,
} from '../../../harness/people.ts';
import { startPhone } from '../../../harness/sip-phone.ts';
import { FORM, request } from '../../../platform/http/request.ts';
import { addAdministrator } from '../../admin-api/administrator.ts';
import { tokenWithoutSecondFactor } from '../../console/second-factors.ts';

/** Who is there for the exercises to act with. */
export interface Stage {
  readonly app: TestApp;
  /** Where calls cost money, and are bounded to one a minute and a second of talk time. */
  readonly costly: TestApp;
  readonly client: ClassicClient;
  readonly tokens: {
    /** Of anna, who may have as many calls as there can be; one of her numbers the dialling policy refuses. */
    readonly user: string;
    /** Of a user whose only number the dialling policy refuses. */
    readonly userWithPremiumNumber: string;
    /** Of a user who may have none. */
    readonly userWithoutPlaces: string;
    /** Of a user who has talked as long as one may. */
    readonly userWithoutTalkTime: string;
    readonly administrator: string;
    /** Of an administrator who granted it with the password alone, and has a second factor now. */
    readonly administratorByPassword: string;
    /** With every scope, granted by somebody who is no administrator any more. */
    readonly formerAdministrator: string;
    readonly withoutScope: string;
    /** With every scope, but nobody's. */
    readonly application: string;
  };
}

const EVERY_SCOPE = [
  'call',
  'admin',
  'webhooks',
  'click-to-dial:calls:create',
  'click-to-dial:calls:read',
  'click-to-dial:calls:delete',
  'click-to-dial:recordings:read',
];

export async function setStage(): Promise<Stage> {
  const app = await startApp();
  app.carriers.simulateFiction();
  const client = await addClassicClient(app);
  await addUser(app, 'anna', { limit: 10_000, numbers: ['+447700900001', '+449090000001', SAMPLES.caller] });
  await addUser(app, 'paula', { numbers: ['+449090000002'] });
  await addUser(app, 'nobody', { limit: 0, numbers: ['+447700900002'] });
  await addUser(app, 'talker', { numbers: ['+447700900003'] });
  await app.sql(
    `INSERT INTO calls (id, user_id, client_id, callee, state, reason, ended_by, carrier, costs, ring_timeout, time_limit,
                        deadline_at, created_at, connected_at, ended_at)
     SELECT 'talked', id, 'somebody', '+447700900123', 'disconnected', 'hangUp', 'carrier', 'sip', true, 60, 60, at, at, at,
            at + interval '1 second'
       FROM users, (SELECT now() - interval '1 hour' AS at) WHERE name = 'talker'`,
  );
  await addUser(app, 'withdrawer');
  const token = async (user: string, scope: string, scopes?: readonly string[]) => {
    const issued = await classicToken(app, client, user, scope);
    if (scopes) await giveScopes(app, issued, scopes);
    return issued;
  };
  const { env } = await startPhone('busy');
  const bounds = { CALLS_PER_MINUTE: '1', TALK_TIME_PER_DAY: '1' };
  return {
    app,
    costly: await startNode(app, { ...env, ...bounds }),
    client,
    tokens: {
      user: await token('anna', 'call'),
      userWithPremiumNumber: await token('paula', 'call'),
      userWithoutPlaces: await token('nobody', 'call'),
      userWithoutTalkTime: await token('talker', 'call'),
      administrator: (await addAdministrator(app, 'ada')).token,
      administratorByPassword: await tokenWithoutSecondFactor(app, 'augusta'),
      formerAdministrator: await token('anna', 'call', EVERY_SCOPE),
      withoutScope: await token('anna', 'call', ['openid']),
      application: await applicationToken(app),
    },
  };
}

async function applicationToken(app: TestApp): Promise<string> {
  const { client, secret = '' } = await addModernClient(app);
  const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'call' });
  const authorization = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`;
  const answer = await request(app, 'POST', '/oauth/token', { ...FORM, authorization }, form.toString());
  const { access_token: token } = answer.json<{ access_token: string }>();
  await giveScopes(app, token, EVERY_SCOPE);
  return token;
}

async function giveScopes(app: TestApp, token: string, scopes: readonly string[]): Promise<void> {
  await app.sql('UPDATE access_tokens SET scopes = $2 WHERE hash = sha256($1::bytea)', [
    Buffer.from(token),
    scopes,
  ]);
}
