import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp, startNode, type TestApp } from '../../harness/app.ts';
import { addModernClient, addUser, PASSWORD } from '../../harness/people.ts';
import { authorizationUrl, configure } from '../oauth/modern-walk.ts';

const app = await startApp();
const secureNode = await startNode(app, { PUBLIC_URL: 'https://calls.example' });
const client = await addModernClient(app);
const { url: authorization } = await authorizationUrl(await configure(app, client));
await addUser(app, 'ada', { administrator: true });
await app.users.addUser(
  { name: 'new', password: PASSWORD, maxOngoingCalls: 1, passwordChangeRequired: true },
  COMMAND_LINE,
);

interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** In lower case, with their values. */
  readonly attributes: readonly string[];
}

/** All cookies that sign-ins of every kind set, by name. */
async function cookiesOf(node: TestApp): Promise<Map<string, SetCookie>> {
  const post = (path: string, form: Record<string, string>) =>
    node.http.inject({
      method: 'POST',
      url: path,
      payload: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  const ada = { username: 'ada', password: PASSWORD };
  const answers = [
    await node.http.inject(`${authorization.pathname}${authorization.search}`),
    await post('/sign-in', ada),
    await post('/console/sign-in', ada),
    await post('/sign-in', { ...ada, username: 'new' }),
  ];
  const lines = answers.flatMap(({ headers }) => [headers['set-cookie'] ?? []].flat());
  return new Map(
    lines.map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split(/=(.*)/);
      return [name, { name, value, attributes: attributes.map((each) => each.toLowerCase()) }];
    }),
  );
}

const WHOLE_SERVER = [
  'clicktocall',
  'clicktocall_browser',
  'clicktocall_console',
  'clicktocall_new_password',
];
const WITH_PATH = ['clicktocall_interaction', 'clicktocall_resume'];
const signed = (name: string) => [name, `${name}.sig`];
const sorted = (names: Iterable<string>) =>
  [...names].filter((name) => name !== '__Host-clicktocall_console.sig').sort();

suite('with an https PUBLIC_URL', () => {
  test('every cookie has a prefix: __Host- for the whole server, __Secure- with a path', async () => {
    const cookies = await cookiesOf(secureNode);
    const expected = [
      ...WHOLE_SERVER.map((name) => `__Host-${name}`).flatMap(signed),
      ...WITH_PATH.map((name) => `__Secure-${name}`).flatMap(signed),
    ];
    assert.deepEqual(sorted(cookies.keys()), sorted(expected));
  });

  test('and what browsers demand of the prefix: Secure, and for __Host- the path / and no domain', async () => {
    for (const { name, attributes } of (await cookiesOf(secureNode)).values()) {
      assert.ok(attributes.includes('secure'), name);
      assert.ok(attributes.includes('httponly'), name);
      assert.ok(!attributes.some((each) => each.startsWith('domain')), name);
      const path = attributes.find((each) => each.startsWith('path='));
      if (name.startsWith('__Host-')) assert.equal(path, 'path=/', name);
      else assert.match(path ?? '', /^path=\/(interaction|oauth\/authorize)\//, name);
    }
  });

  test('a cookie without the prefix, as another host could plant it, opens nothing', async () => {
    const { value: token = '' } = (await cookiesOf(secureNode)).get('__Host-clicktocall_console') ?? {};
    const statusWith = async (cookie: string) =>
      (await secureNode.http.inject({ url: '/console', headers: { cookie } })).statusCode;
    assert.equal(await statusWith(`__Host-clicktocall_console=${token}`), 200);
    assert.equal(await statusWith(`clicktocall_console=${token}`), 303);
  });
});

test('with http, no cookie has a prefix, because browsers would refuse it', async () => {
  const cookies = await cookiesOf(app);
  assert.deepEqual(
    sorted(cookies.keys()),
    sorted(
      [...WHOLE_SERVER, ...WITH_PATH].flatMap(signed).filter((name) => name !== 'clicktocall_console.sig'),
    ),
  );
});
