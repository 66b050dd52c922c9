import assert from 'node:assert/strict';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import type { RegisteredClient } from '../../../src/core/clients/client-service.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import type { TestApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { visitor } from '../account/visitor.ts';
import { addAdministrator } from '../admin-api/administrator.ts';
import { addCaller, CALLER, tokenFor } from '../click-to-dial/call.ts';
import { addSignedIn } from '../console/console.ts';
import { tokenWithoutSecondFactor } from '../console/second-factors.ts';
import { authorize, configure, redeem, tokensOf } from '../oauth/modern-walk.ts';

/** Whom a token stands for; without a user for its client alone. */
export interface Token {
  readonly user?: 'anna' | 'bert' | 'rosa';
  readonly client: 'a' | 'b' | 'classic' | 'administration';
  readonly scopes: readonly string[];
  readonly administrator?: boolean;
  /** Granted with a password alone, though its user has a second factor. */
  readonly lacksSecondFactor?: boolean;
  readonly inQuery?: boolean;
  /** The path of the one API that the token is for. */
  readonly api?: string;
}

/** Somebody who asks, and what the server is to make of them. */
export interface Role {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** `nothing` for one that does not count. */
  readonly token?: Token | 'nothing';
  readonly person?: 'anna' | 'bert';
  readonly console?: 'complete' | 'second factor owed';
  readonly metrics?: true;
  /** As somebody else of the same kind, who may be signed out. */
  readonly again?: () => Promise<Readonly<Record<string, string>>>;
}

export const SCOPES_OF_CALLS = [
  'call',
  'click-to-dial:calls:create',
  'click-to-dial:calls:read',
  'click-to-dial:calls:delete',
  'click-to-dial:recordings:read',
];

/** APIs that a token can be for, and one scope that their routes need. */
export const APIS = { '/api/v1': 'call', '/click-to-dial/v0.2': 'call', '/rest': 'call', '/admin': 'admin' };

/** Every kind of asker, and the tokens of Anna and of client A by which what they own is made. */
export async function gatherRoles(app: TestApp, metricsToken: string) {
  const [a, b] = [await addModernClient(app), await addModernClient(app)];
  const classic = await addClassicClient(app);
  const [anna, bert] = [await addCaller(app, 'anna'), await addCaller(app, 'bert')];
  const rosa = await addAdministrator(app);
  await app.users.setNumbers('rosa', [CALLER], COMMAND_LINE);
  let added = 0;

  /** A token that came to have a scope that nobody would have been given. */
  async function forged(scope: string): Promise<string> {
    const token = await tokenFor(app, a, anna);
    await app.sql('UPDATE access_tokens SET scopes = $2 WHERE hash = $1', [hashToken(token), [scope]]);
    return token;
  }

  async function ownToken(client: RegisteredClient, scope: string, api?: string): Promise<string> {
    const parameters = { scope, ...(api !== undefined && { resource: app.url + api }) };
    return tokensOf(await oauth.clientCredentialsGrant(await configure(app, client), parameters)).access;
  }

  async function spoilt(how: string): Promise<string> {
    const token = await tokenFor(app, a, anna);
    await app.sql(`UPDATE access_tokens SET ${how} WHERE hash = $1`, [hashToken(token)]);
    return token;
  }

  async function ofDisabled(): Promise<string> {
    const { token } = await addAdministrator(app, 'disabled');
    await app.users.setDisabled('disabled', true, COMMAND_LINE);
    return token;
  }

  async function ofFormerAdministrator(): Promise<string> {
    const { token } = await addAdministrator(app, 'former');
    await app.sql(`UPDATE users SET administrator = false WHERE name = 'former'`);
    return token;
  }

  const personCookie = async (name: string) => ({ cookie: (await visitor(app, name)).cookiesFor('/') });
  const anyPerson = async () => {
    const name = `person-${++added}`;
    await addUser(app, name);
    return personCookie(name);
  };
  const consoleCookie = async (name: string, isOwed: boolean) => {
    const { browser } = await addSignedIn(app, name);
    await app.sql(
      `UPDATE console_sessions SET second_factor_owed = $2 WHERE user_id = (SELECT id FROM users WHERE name = $1)`,
      [name, isOwed],
    );
    return { cookie: browser.cookiesFor('/console') };
  };
  const anyAdministrator = (isOwed: boolean) => () => consoleCookie(`administrator-${++added}`, isOwed);

  const by = (name: string, token: string, what: Role['token']): Role => ({
    name,
    headers: bearer(token),
    ...(what && { token: what }),
  });
  const roles: Role[] = [
    { name: 'nobody', headers: {} },
    by('an unknown token', 'unknown', 'nothing'),
    { name: 'no token at all', headers: { authorization: 'Bearer' }, token: 'nothing' },
    by('an expired token', await spoilt(`expires_at = now() - interval '1 second'`), 'nothing'),
    by('a token bound to a key, without its proof', await spoilt(`jkt = 'thumbprint'`), 'nothing'),
    by('the token of a disabled administrator', await ofDisabled(), 'nothing'),
  ];
  for (const scope of [...SCOPES_OF_CALLS, 'openid']) {
    const mine = { user: 'anna', scopes: [scope] } as const;
    roles.push(by(`Anna, ${scope}`, await tokenFor(app, a, anna, scope), { ...mine, client: 'a' }));
    roles.push(by(`Anna by B, ${scope}`, await tokenFor(app, b, anna, scope), { ...mine, client: 'b' }));
    const others = { user: 'bert', scopes: [scope], client: 'a' } as const;
    roles.push(by(`Bert, ${scope}`, await tokenFor(app, a, bert, scope), others));
  }
  for (const scope of ['webhooks', 'admin', 'offline_access'])
    roles.push(
      by(`Anna, forged ${scope}`, await forged(scope), { user: 'anna', client: 'a', scopes: [scope] }),
    );
  for (const [name, client] of Object.entries({ a, b } as const))
    for (const scope of ['webhooks', 'call'])
      roles.push(
        by(`client ${name} itself, ${scope}`, await ownToken(client, scope), {
          client: name as 'a' | 'b',
          scopes: [scope],
        }),
      );
  const forV1 = await ownToken(a, 'webhooks', '/api/v1');
  const forClassic = await ownToken(a, 'webhooks');
  await app.sql('UPDATE access_tokens SET resource = $2 WHERE hash = $1', [
    hashToken(forClassic),
    `${app.url}/rest`,
  ]);
  const ofA = { client: 'a', scopes: ['webhooks'] } as const;
  roles.push(
    by('client a itself, webhooks for /api/v1', forV1, { ...ofA, api: '/api/v1' }),
    by('client a itself, webhooks for /rest', forClassic, { ...ofA, api: '/rest' }),
  );
  for (const [api, scope] of Object.entries(APIS)) {
    const parameters = { scope: `openid ${scope}`, resource: app.url + api };
    const given = { scopes: [scope], client: 'a', api } as const;
    const asker =
      scope === 'admin' ? ({ user: 'rosa', administrator: true } as const) : { user: 'anna' as const };
    const person = scope === 'admin' ? { name: 'rosa', browser: new Browser(app.url) } : anna;
    const config = await configure(app, a);
    const { access } = await redeem(config, await authorize(config, person, parameters));
    roles.push(by(`${asker.user}, ${scope} for ${api}`, access, { ...given, ...asker }));
  }
  const rosas = { user: 'rosa', client: 'classic', administrator: true } as const;
  const inQuery = await classicToken(app, classic, 'anna');
  const anyScope = { user: 'anna', client: 'classic', scopes: ['call'], inQuery: true } as const;
  roles.push(
    by('an administrator, admin', rosa.token, { ...rosas, client: 'administration', scopes: ['admin'] }),
    by('an administrator, call', await classicToken(app, classic, 'rosa'), { ...rosas, scopes: ['call'] }),
    by('an administrator, admin by password alone', await tokenWithoutSecondFactor(app, 'augusta'), {
      ...{ user: 'rosa', client: 'administration', administrator: true, scopes: ['admin'] },
      lacksSecondFactor: true,
    }),
    by('a former administrator, admin', await ofFormerAdministrator(), {
      user: 'bert',
      client: 'classic',
      scopes: ['admin'],
    }),
    { name: 'Anna, token in the address', headers: {}, query: { access_token: inQuery }, token: anyScope },
    {
      name: 'an administrator, token in the address',
      headers: {},
      query: { access_token: rosa.token },
      token: { ...rosas, scopes: ['admin'], inQuery: true },
    },
    { name: 'Anna, signed in', headers: await personCookie('anna'), person: 'anna', again: anyPerson },
    { name: 'Bert, signed in', headers: await personCookie('bert'), person: 'bert', again: anyPerson },
    {
      name: 'an administrator in the console',
      headers: await anyAdministrator(false)(),
      console: 'complete',
      again: anyAdministrator(false),
    },
    {
      name: 'an administrator who owes the second factor',
      headers: await anyAdministrator(true)(),
      console: 'second factor owed',
      again: anyAdministrator(true),
    },
    { name: 'metrics', headers: bearer(metricsToken), token: 'nothing', metrics: true },
  );
  const [owner, clientA] = [roles.find(({ name }) => name === 'Anna, call'), await ownToken(a, 'webhooks')];
  assert.ok(owner);
  return {
    roles,
    ownerToken: String(owner.headers['authorization']).slice('Bearer '.length),
    clientToken: clientA,
  };
}
