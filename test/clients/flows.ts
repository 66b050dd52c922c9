import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import { type Card, cards, type Flow } from './cards.ts';
import type { Facts } from './program.ts';
import type { Room } from './room.ts';

type Check = (facts: Facts, room: Room, registered: RegisteredClient) => unknown;

/** Checks that clients have in common. */
const CHECKS: Readonly<Partial<Record<Flow, Check>>> = {
  'sign-in': ({ claims, userinfo }, room) => assertAnna(claims ?? userinfo, room),
  UserInfo: ({ userinfo }, room) => assertAnna(userinfo, room),
  refresh: ({ refreshed }) => assert.equal(refreshed, true),
  introspection({ introspection }, { subject }, { client }) {
    const { active, sub, client_id: clientId, scope } = introspection as Facts;
    const expected = { active: true, sub: subject, clientId: client.id, scope: 'openid profile call' };
    assert.deepEqual({ active, sub, clientId, scope }, expected);
  },
  revocation: ({ status_after_revocation: status }) => assert.equal(status, 401),
  async call({ call }, { app, subject }, { client }) {
    const { id } = call as Facts;
    assert.ok(id, JSON.stringify(call));
    const calls = await app.sql('SELECT user_id, client_id FROM calls WHERE id = $1', [id]);
    assert.deepEqual(calls, [{ user_id: subject, client_id: client.id }]);
  },
  device: ({ token }) => assert.equal(typeof token, 'string'),
};

function assertAnna(claims: unknown, { subject }: Room): void {
  const { sub, preferred_username: userName, name } = claims as Facts;
  assert.deepEqual({ sub, userName, name }, { sub: subject, userName: 'anna', name: 'anna' });
}

const TITLES: Readonly<Record<Flow, string>> = {
  'sign-in': 'signs in and learns who the person is',
  UserInfo: 'reads UserInfo',
  refresh: 'refreshes its token',
  introspection: 'introspects its token',
  revocation: 'revokes its tokens',
  call: 'places a call with its token',
  device: 'connects a device',
  popup: 'signs in by a popup',
  'silent renewal': 'renews its token without a page',
  'sign-out': 'signs the person out of the server',
  'back-channel sign-out': 'ends its session when the person signs out elsewhere',
  'resource server': 'protects an API with tokens of the server',
  'loopback port': 'gets a code on a port of its own, and is refused for its verifier',
};

/**
 * A test for each flow on the card of a client.
 * @param run gathers the facts that the checks compare, once
 */
export function testFlows(
  key: keyof typeof cards,
  room: Room,
  registered: RegisteredClient,
  run: () => Promise<Facts>,
  ownChecks: Readonly<Partial<Record<Flow, Check>>> = {},
): void {
  const card: Card = cards[key];
  let facts: Promise<Facts> | undefined;
  for (const flow of card.flows)
    test(`${card.name} ${TITLES[flow]}`, async () => {
      facts ??= run();
      const check = ownChecks[flow] ?? CHECKS[flow];
      assert.ok(check, `nothing checks ${flow}`);
      await check(await facts, room, registered);
    });
  if (card.debian) testVersion(card.name, card.debian);
}

function testVersion(name: string, debian: NonNullable<Card['debian']>): void {
  test(`the documentation names the version of ${name}`, () => {
    const format = `--showformat=\${source:Upstream-Version}`;
    const installed = execFileSync('dpkg-query', ['--show', format, debian.package], { encoding: 'utf8' });
    assert.equal(debian.version, installed.replace(/\+ds$/, ''));
  });
}
