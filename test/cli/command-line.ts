import assert from 'node:assert/strict';
import { actsOf } from '../core/audit/acts.ts';
import type { TestApp } from '../harness/app.ts';
import { PASSWORD } from '../harness/people.ts';
import { runCli } from '../harness/server-process.ts';

/** What a command that changes something records; the others record nothing. */
const RECORDED: Readonly<Record<string, string>> = {
  'user add': 'userAdded',
  'user limit': 'userLimitChanged',
  'user number': 'userNumbersChanged',
  'user sip-address': 'userSipAddressChanged',
  'user password': 'userPasswordReset',
  'user disable': 'userDisabled',
  'user enable': 'userEnabled',
  'user erase': 'userErased',
  'user reset-second-factors': 'secondFactorRemoved',
  'grant withdraw': 'grantWithdrawn',
  'client add': 'clientRegistered',
  'client rotate': 'clientSecretRotated',
  'client assertion-audience': 'clientAssertionAudienceChanged',
  'client logout': 'clientLogoutChanged',
  'client pkce': 'clientPkceChanged',
  'client remove': 'clientRemoved',
  'webhook add': 'webhookAdded',
  'webhook events': 'webhookEventsChanged',
  'webhook disable': 'webhookDisabled',
  'webhook enable': 'webhookEnabled',
  'webhook test': 'webhookTested',
  'webhook rotate': 'webhookSecretRotated',
  'webhook remove': 'webhookRemoved',
  'webhook resend': 'deliveryResent',
  'call end': 'callEnded',
  'initial-access-token': 'initialAccessTokenIssued',
  'keys rotate': 'keysRotated',
  'demo remove': 'clientRemoved',
};

/** Runs commands in processes of their own. Each must succeed, and record what it changes once, as the command line's. */
export function commandLine(app: TestApp, env: Record<string, string>) {
  return async (...args: string[]) => {
    let stdout = '';
    const acts = await actsOf(app, async () => {
      const ended = await runCli([...args, '--json'], env, PASSWORD);
      assert.equal(ended.code, 0, ended.stderr);
      ({ stdout } = ended);
    });
    const by = { actor: 'commandLine', actor_user_id: null, actor_client_id: null, ip_address: null };
    const action = recordedBy(args);
    assert.deepEqual(
      acts.map(({ actor, actor_user_id, actor_client_id, ip_address, ...act }) => ({
        ...{ actor, actor_user_id, actor_client_id, ip_address, action: act.action },
      })),
      action === undefined ? [] : [{ ...by, action }],
      args.join(' '),
    );
    return JSON.parse(stdout);
  };
}

function recordedBy(args: readonly string[]): string | undefined {
  const [area = '', verb = '', ...rest] = args;
  if (verb === 'sip-address' && rest.length === 1) return undefined; // it shows the address
  return RECORDED[area] ?? RECORDED[`${area} ${verb}`];
}
