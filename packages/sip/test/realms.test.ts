import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { field, RawPhone } from '../../../test/peers/raw-phone.ts';
import type { UserAgentConfig } from '../src/user-agent/user-agent.ts';
import { T1 } from './raw-calls.ts';
import { prepare, startAgent } from './test-agent.ts';

const ACCOUNT = { username: 'ann', password: 'secret' };

type Configure = (peer: RawPhone) => Partial<UserAgentConfig>;
const proxied: Configure = (peer) => ({ proxy: peer.uri });
const direct: Configure = () => ({});

/** Challenges a request in this realm. @returns whether credentials came, and not only the ACK */
async function isAnswered(peer: RawPhone, request: string, status: number, realm: string): Promise<boolean> {
  const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  const before = peer.received.length;
  peer.respond(request, `${status} Who are you`, {
    headers: [`${name}: Digest realm="${realm}", nonce="${realm}${before}"`],
  });
  await peer.next('ACK');
  // they are sent together with the ACK
  await new Promise((resolve) => setTimeout(resolve, T1 / 2));
  return peer.received.slice(before).some((raw) => /^(Proxy-)?Authorization: Digest/m.test(raw));
}

async function called(configure: Configure) {
  const peer = await RawPhone.start();
  const agent = await startAgent({ ...ACCOUNT, ...configure(peer) }, { t1: T1 });
  const call = async (): Promise<string> => {
    prepare(agent, peer.uri)
      .leg.call()
      .catch(() => {});
    return peer.next('INVITE');
  };
  return { peer, agent, call };
}

for (const [what, configure, status, realm, answered] of [
  ['a phone that is called directly', direct, 401, 'trunk.example.net', false],
  ['a phone that is called directly, as a proxy', direct, 407, 'trunk.example.net', false],
  ['a phone that is called directly, in the configured realm', withRealm, 401, 'asterisk', true],
  ['a phone behind the proxy', proxied, 401, 'evil', false],
  ['the proxy', proxied, 407, 'asterisk', true],
  ['a trunk that challenges as a callee, with its host as realm', proxied, 401, '127.0.0.1', true],
  ['a trunk that challenges as a callee, in another realm', proxied, 401, 'asterisk', false],
  ['that trunk, if its realm is configured', withProxyAndRealm, 401, 'asterisk', true],
  ['a phone behind that trunk', withProxyAndRealm, 401, 'evil', false],
  ['a phone behind that trunk, as a proxy', withProxyAndRealm, 407, 'evil', false],
] as const) {
  test(`a challenge of ${what} is ${answered ? '' : 'not '}answered`, async () => {
    const { peer, call } = await called(configure);
    assert.equal(await isAnswered(peer, await call(), status, realm), answered);
  });
}

function withRealm(): Partial<UserAgentConfig> {
  return { realms: ['asterisk'] };
}

function withProxyAndRealm(peer: RawPhone): Partial<UserAgentConfig> {
  return { proxy: peer.uri, realms: ['asterisk'] };
}

test('the realm of the first challenge of the proxy is trusted, also for 401', async () => {
  const { peer, call } = await called(proxied);
  assert.equal(await isAnswered(peer, await call(), 407, 'kamailio.example'), true);
  await peer.next('INVITE');
  for (const status of [401, 407]) {
    assert.equal(await isAnswered(peer, await call(), status, 'evil'), false);
    assert.equal(await isAnswered(peer, await call(), status, 'kamailio.example'), true);
    await peer.next('INVITE');
  }
});

test('the realm of the registrar is trusted for calls, and no other peer can name one', async () => {
  const registrar = await RawPhone.start();
  const { peer, agent, call } = await called(() => ({ registrar: registrar.uri }));
  const register = await registrar.next('REGISTER');
  const challenge = (realm: string) => ({
    headers: [`WWW-Authenticate: Digest realm="${realm}", nonce="n"`],
  });
  // with a branch that was never sent
  registrar.respond(
    register.replace('branch=z9hG4bK', 'branch=z9hG4bKx'),
    '401 Unauthorized',
    challenge('evil'),
  );
  registrar.respond(register, '401 Unauthorized', challenge('asterisk'));
  const again = await registrar.next('REGISTER');
  assert.match(field(again, 'Authorization'), /realm="asterisk"/);
  registrar.respond(again, '200 OK');
  await until('registered', () => agent.status().registration === 'registered');
  assert.equal(await isAnswered(peer, await call(), 401, 'evil'), false);
  assert.equal(await isAnswered(peer, await call(), 401, 'asterisk'), true);
});
