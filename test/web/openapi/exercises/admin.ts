import { randomUUID } from 'node:crypto';
import { COMMAND_LINE } from '../../../../src/core/audit/actor.ts';
import { createDocumentClient } from '../../../../src/core/clients/document-client.ts';
import { recordDocumentClient } from '../../../../src/core/clients/record-client.ts';
import { applyRetention } from '../../../../src/core/retention/retention.ts';
import { png } from '../../../harness/images.ts';
import { addModernClient, addUser, classicToken } from '../../../harness/people.ts';
import { openCall } from '../../classic/call.ts';
import { registerWithKey } from '../../oauth/modern-walk.ts';
import { whilePasswordsWait } from './busy-passwords.ts';
import type { Exercise, ExercisesOfFace, Sent } from './exercise.ts';
import type { Stage } from './stage.ts';

const byAdministrator =
  (sent: Sent): Exercise =>
  ({ tokens }) => ({ ...sent, token: tokens.administrator });

/** On a call of anna's, opened for it. */
const onCall =
  (suffix = '', sent: Omit<Sent, 'path'> = {}): Exercise =>
  async (stage) => {
    const id = await openCall(stage.app, stage.tokens.user);
    return byAdministrator({ ...sent, path: `/admin/calls/${id}${suffix}` })(stage);
  };

/** Of a name that nobody has yet, unless it is given. */
const newUser =
  (given: object): Exercise =>
  (stage) => {
    const json = { name: `user-${randomUUID()}`, password: 'open sesame', ...given };
    return byAdministrator({ path: '/admin/users', json })(stage);
  };

const onClient =
  (suffix = '', given: { public?: boolean } = {}, sent: Omit<Sent, 'path'> = {}): Exercise =>
  async (stage) => {
    const { client } = await addModernClient(stage.app, given);
    return byAdministrator({ ...sent, path: `/admin/clients/${client.id}${suffix}` })(stage);
  };

/** A change of a client that a document describes. */
const onDocumentClient =
  (suffix: string, json: object): Exercise =>
  async (stage) => {
    const address = `https://app.example/${randomUUID()}.json`;
    const client = createDocumentClient(address, { redirect_uris: ['https://app.example/cb'] });
    await stage.app.database.transaction((tx) => recordDocumentClient(tx, client, COMMAND_LINE));
    const path = `/admin/clients/${encodeURIComponent(address)}${suffix}`;
    return byAdministrator({ path, json })(stage);
  };

/** Calls both ongoing and ended, so that lists show what either looks like. */
async function withCalls(stage: Stage, path: string): Promise<Sent> {
  await openCall(stage.app, stage.tokens.user);
  const ended = await openCall(stage.app, stage.tokens.user);
  await stage.app.calls.endCall(ended, COMMAND_LINE);
  return byAdministrator({ path })(stage);
}

const LOGO = png(300, 100).toString('base64');
const registration = { name: 'CRM', redirectUris: ['https://crm.example/callback'] };

export const admin: ExercisesOfFace = {
  listUsers: {
    ordinary: byAdministrator({ path: '/admin/users' }),
    others: {
      '200': byAdministrator({ path: '/admin/users?page_size=1&name_prefix=a' }),
      '400 invalid_input': byAdministrator({ path: '/admin/users?page_size=0' }),
    },
  },
  addUser: {
    ordinary: newUser({}),
    others: {
      '201': newUser({
        ...{ limit: 3, administrator: true, numbers: ['+447700900004'] },
        passwordChangeRequired: true,
        sipAddress: 'sip:user@pbx.example.com',
      }),
      '400 invalid_input': newUser({ numbers: ['12'] }),
      '409 user_exists': newUser({ name: 'ANNA' }),
      '503 password_hashing_busy': whilePasswordsWait(newUser({})),
    },
  },
  findUser: {
    ordinary: byAdministrator({ path: '/admin/users/anna' }),
    others: {
      '400 invalid_input': byAdministrator({ path: '/admin/users/anna?page_size=1' }),
      '404 user_not_found': byAdministrator({ path: '/admin/users/unknown' }),
    },
  },
  setPassword: {
    ordinary: byAdministrator({ path: '/admin/users/nobody/password', json: { password: 'another one' } }),
    others: {
      '204': byAdministrator({
        path: '/admin/users/nobody/password',
        json: { password: 'another one', passwordChangeRequired: true },
      }),
      '503 password_hashing_busy': whilePasswordsWait(
        byAdministrator({ path: '/admin/users/nobody/password', json: { password: 'another one' } }),
      ),
      '400 invalid_input': byAdministrator({ path: '/admin/users/nobody/password', json: { password: 'x' } }),
      '404 user_not_found': byAdministrator({
        path: '/admin/users/unknown/password',
        json: { password: 'another one' },
      }),
    },
  },
  showUserCalls: {
    ordinary: (stage) => withCalls(stage, '/admin/users/anna/calls'),
    others: {
      '200': byAdministrator({ path: '/admin/users/ada/calls' }),
      '400 invalid_input': byAdministrator({ path: '/admin/users/anna/calls?page_size=1' }),
      '404 user_not_found': byAdministrator({ path: '/admin/users/unknown/calls' }),
    },
  },
  setLimit: {
    ordinary: byAdministrator({ path: '/admin/users/ada/limit', json: { limit: 3 } }),
    others: {
      '400 invalid_input': byAdministrator({ path: '/admin/users/ada/limit', json: { limit: -1 } }),
      '404 user_not_found': byAdministrator({ path: '/admin/users/unknown/limit', json: { limit: 3 } }),
    },
  },
  setNumbers: {
    ordinary: byAdministrator({ path: '/admin/users/ada/numbers', json: { numbers: ['+447700900003'] } }),
    others: {
      '400 invalid_input': byAdministrator({ path: '/admin/users/ada/numbers', json: { numbers: ['12'] } }),
      '404 user_not_found': byAdministrator({ path: '/admin/users/unknown/numbers', json: { numbers: [] } }),
    },
  },
  setSipAddress: {
    ordinary: byAdministrator({
      path: '/admin/users/ada/sip-address',
      json: { sipAddress: 'sip:ada@pbx.example.com;transport=tcp' },
    }),
    others: {
      '200': byAdministrator({ path: '/admin/users/nobody/sip-address', json: { sipAddress: null } }),
      '400 invalid_input': [
        byAdministrator({ path: '/admin/users/ada/sip-address', json: { sipAddress: 'ada' } }),
        byAdministrator({ path: '/admin/users/ada/sip-address', json: {} }),
      ],
      '404 user_not_found': byAdministrator({
        path: '/admin/users/unknown/sip-address',
        json: { sipAddress: null },
      }),
    },
  },
  setDisabled: {
    ordinary: byAdministrator({ path: '/admin/users/nobody/disabled', json: { disabled: false } }),
    others: {
      '400 invalid_input': byAdministrator({ path: '/admin/users/nobody/disabled', json: {} }),
      '409 disabling_oneself': byAdministrator({
        path: '/admin/users/ada/disabled',
        json: { disabled: true },
      }),
      '404 user_not_found': byAdministrator({
        path: '/admin/users/unknown/disabled',
        json: { disabled: false },
      }),
    },
  },
  listSecondFactors: {
    ordinary: async (stage) => {
      await stage.app.sql(
        `INSERT INTO second_factors (user_id, kind, name, sealed_secret, last_step)
         SELECT id, 'totp', 'My phone', '', 0 FROM users WHERE name = 'anna'`,
      );
      return byAdministrator({ path: '/admin/users/anna/second-factors' })(stage);
    },
    others: {
      '400 invalid_input': byAdministrator({ path: '/admin/users/anna/second-factors?page_size=1' }),
      '404 user_not_found': byAdministrator({ path: '/admin/users/unknown/second-factors' }),
    },
  },
  resetSecondFactors: {
    ordinary: byAdministrator({ path: '/admin/users/anna/second-factors' }),
    others: { '404 user_not_found': byAdministrator({ path: '/admin/users/unknown/second-factors' }) },
  },
  exportUserData: {
    ordinary: (stage) => withCalls(stage, '/admin/users/anna/data'),
    others: {
      '400 invalid_input': byAdministrator({ path: '/admin/users/anna/data?format=csv' }),
      '404 user_not_found': byAdministrator({ path: '/admin/users/unknown/data' }),
    },
  },
  eraseUser: {
    ordinary: async (stage) => {
      const name = `leaver-${randomUUID()}`;
      await addUser(stage.app, name);
      return byAdministrator({ path: `/admin/users/${name}` })(stage);
    },
    others: {
      '404 user_not_found': byAdministrator({ path: '/admin/users/unknown' }),
      '409 disabling_oneself': byAdministrator({ path: '/admin/users/ada' }),
    },
  },
  listGrants: {
    ordinary: byAdministrator({ path: '/admin/users/anna/grants' }),
    others: {
      '400 invalid_input': byAdministrator({ path: '/admin/users/anna/grants?page_size=1' }),
      '404 user_not_found': byAdministrator({ path: '/admin/users/unknown/grants' }),
    },
  },
  withdrawGrant: {
    ordinary: async (stage) => {
      await classicToken(stage.app, stage.client, 'withdrawer');
      return byAdministrator({ path: `/admin/users/withdrawer/grants/${stage.client.id}` })(stage);
    },
    others: {
      '404 grant_not_found': byAdministrator({ path: '/admin/users/anna/grants/unknown' }),
    },
  },
  showBoard: {
    ordinary: (stage) => withCalls(stage, '/admin/board'),
    others: { '400 invalid_input': byAdministrator({ path: '/admin/board?page_size=1' }) },
  },
  listAllCalls: {
    ordinary: (stage) => withCalls(stage, '/admin/calls'),
    others: {
      '200': (stage) => withCalls(stage, '/admin/calls?page_size=1&user=anna&ongoing=false'),
      '400 invalid_input': byAdministrator({ path: '/admin/calls?from=yesterday' }),
    },
  },
  findAnyCall: {
    ordinary: onCall(),
    others: {
      '400 invalid_input': onCall('?state=connected'),
      '404 call_not_found': byAdministrator({ path: '/admin/calls/unknown' }),
    },
  },
  exportCalls: {
    ordinary: (stage) => withCalls(stage, '/admin/calls/export'),
    others: { '400 invalid_input': byAdministrator({ path: '/admin/calls/export?format=xml' }) },
  },
  showTimeline: {
    ordinary: onCall('/events'),
    others: {
      '400 invalid_input': onCall('/events?page_size=1'),
      '404 call_not_found': byAdministrator({ path: '/admin/calls/unknown/events' }),
    },
  },
  endAnyCall: {
    ordinary: onCall('/end'),
    others: {
      '200': [onCall('/end', { json: { reason: 'a test' } }), onCall('/end', { form: { reason: 'a test' } })],
      '400 invalid_input': onCall('/end', { json: { reason: '' } }),
      '404 call_not_found': byAdministrator({ path: '/admin/calls/unknown/end' }),
    },
  },
  listAuditLog: {
    ordinary: byAdministrator({ path: '/admin/audit-log' }),
    others: {
      '200': byAdministrator({ path: '/admin/audit-log?page_size=1&action=userAdded&user=anna' }),
      '400 invalid_input': byAdministrator({ path: '/admin/audit-log?from=yesterday' }),
    },
  },
  exportAuditLog: {
    ordinary: byAdministrator({ path: '/admin/audit-log/export' }),
    others: {
      '200': byAdministrator({ path: '/admin/audit-log/export?from=2026-01-31&actor=ada' }),
      '400 invalid_input': [
        byAdministrator({ path: '/admin/audit-log/export?to=yesterday' }),
        byAdministrator({ path: '/admin/audit-log/export?format=xls' }),
      ],
    },
  },
  showOngoing: {
    ordinary: byAdministrator({ path: '/admin/statistics/ongoing' }),
    others: { '400 invalid_input': byAdministrator({ path: '/admin/statistics/ongoing?hours=73' }) },
  },
  showOutcomes: {
    ordinary: (stage) => withCalls(stage, '/admin/statistics/outcomes'),
    others: { '400 invalid_input': byAdministrator({ path: '/admin/statistics/outcomes?days=0' }) },
  },
  showReasons: {
    ordinary: (stage) => withCalls(stage, '/admin/statistics/reasons'),
    others: { '400 invalid_input': byAdministrator({ path: '/admin/statistics/reasons?days=91' }) },
  },
  showConnectTimes: {
    ordinary: byAdministrator({ path: '/admin/statistics/connect-times' }),
    others: { '400 invalid_input': byAdministrator({ path: '/admin/statistics/connect-times?days=ten' }) },
  },
  showBrand: {
    ordinary: byAdministrator({ path: '/admin/brand' }),
    others: { '400 invalid_input': byAdministrator({ path: '/admin/brand?name=x' }) },
  },
  setBrand: {
    ordinary: byAdministrator({
      path: '/admin/brand',
      json: {
        name: 'Smith & Sons',
        accent: '#ffcc00',
        support: { text: 'Help desk', url: 'https://help.example.com' },
        legal: [{ text: 'Privacy policy', url: 'https://example.com/privacy' }],
      },
    }),
    others: {
      '200': byAdministrator({
        path: '/admin/brand',
        json: { name: null, accent: null, accentDark: null, support: null, legal: [] },
      }),
      '400 invalid_input': [
        byAdministrator({ path: '/admin/brand', json: { accent: 'teal' } }),
        byAdministrator({ path: '/admin/brand', json: { support: { text: 'Help' } } }),
      ],
    },
  },
  setBrandImage: {
    ordinary: byAdministrator({ path: '/admin/brand/images/logo', json: { content: LOGO } }),
    others: {
      '200': byAdministrator({ path: '/admin/brand/images/logo', json: { content: null } }),
      '400 invalid_input': [
        byAdministrator({ path: '/admin/brand/images/logo', json: { content: 'PHN2Zy8+' } }),
        byAdministrator({ path: '/admin/brand/images/banner', json: { content: LOGO } }),
      ],
    },
  },
  showRetention: {
    ordinary: async (stage) => {
      await applyRetention(stage.app.database, { days: 1, action: 'strip' });
      return byAdministrator({ path: '/admin/retention' })(stage);
    },
    others: { '400 invalid_input': byAdministrator({ path: '/admin/retention?days=1' }) },
  },
  listClients: {
    ordinary: byAdministrator({ path: '/admin/clients' }),
    others: {
      '200': byAdministrator({ path: '/admin/clients?page_size=1' }),
      '400 invalid_input': byAdministrator({ path: '/admin/clients?page_size=0' }),
    },
  },
  registerClient: {
    ordinary: byAdministrator({ path: '/admin/clients', json: registration }),
    others: {
      '201': byAdministrator({ path: '/admin/clients', json: { ...registration, public: true } }),
      '400 invalid_input': [
        byAdministrator({ path: '/admin/clients', json: { name: 'CRM' } }),
        byAdministrator({
          path: '/admin/clients',
          json: { ...registration, redirectUris: ['http://app.example/'] },
        }),
      ],
      '400 client_metadata_invalid': byAdministrator({
        path: '/admin/clients',
        json: { ...registration, redirectUris: ['com.example.app:/', 'https://localhost/'] },
      }),
    },
  },
  findClient: {
    ordinary: onClient(),
    others: {
      '400 invalid_input': onClient('?page_size=1'),
      '404 client_not_found': byAdministrator({ path: '/admin/clients/unknown' }),
    },
  },
  listGrantsOfClient: {
    ordinary: (stage) => byAdministrator({ path: `/admin/clients/${stage.client.id}/grants` })(stage),
    others: {
      '200': (stage) =>
        byAdministrator({ path: `/admin/clients/${stage.client.id}/grants?page_size=1` })(stage),
      '400 invalid_input': onClient('/grants?page_size=0'),
      '404 client_not_found': byAdministrator({ path: '/admin/clients/unknown/grants' }),
    },
  },
  rotateClientSecret: {
    ordinary: onClient('/secret'),
    others: {
      '404 client_not_found': byAdministrator({ path: '/admin/clients/unknown/secret' }),
      '409 client_has_no_secret': onClient('/secret', { public: true }),
    },
  },
  setAssertionAudience: {
    ordinary: async (stage) => {
      const client = await registerWithKey(stage.app);
      const path = `/admin/clients/${client}/assertion-audience`;
      return byAdministrator({ path, json: { audience: 'tokenEndpoint' } })(stage);
    },
    others: {
      '400 invalid_input': onClient('/assertion-audience', {}, { json: { audience: 'everybody' } }),
      '404 client_not_found': byAdministrator({
        path: '/admin/clients/unknown/assertion-audience',
        json: { audience: 'issuer' },
      }),
      '409 client_described_by_document': onDocumentClient('/assertion-audience', { audience: 'issuer' }),
      '409 client_has_no_key': onClient('/assertion-audience', {}, { json: { audience: 'issuer' } }),
    },
  },
  setClientLogout: {
    ordinary: onClient('/logout', {}, { json: { postLogoutRedirectUris: ['https://app.example/'] } }),
    others: {
      '400 invalid_input': onClient('/logout', {}, { json: { backchannelLogoutUri: 'http://app.example/' } }),
      '400 client_metadata_invalid': onClient(
        '/logout',
        {},
        { json: { postLogoutRedirectUris: ['com.example.app:/bye'] } },
      ),
      '404 client_not_found': byAdministrator({ path: '/admin/clients/unknown/logout', json: {} }),
      '409 client_described_by_document': onDocumentClient('/logout', {}),
    },
  },
  setClientLogo: {
    ordinary: onClient('/logo', {}, { json: { content: LOGO } }),
    others: {
      '200': onClient('/logo', {}, { json: { content: null } }),
      '400 invalid_input': onClient('/logo', {}, { json: { content: 'PHN2Zy8+' } }),
      '404 client_not_found': byAdministrator({
        path: '/admin/clients/unknown/logo',
        json: { content: null },
      }),
      '409 client_described_by_document': onDocumentClient('/logo', { content: LOGO }),
    },
  },
  setPkceRequired: {
    ordinary: async (stage) => {
      const { client } = await addModernClient(stage.app);
      return byAdministrator({ path: `/admin/clients/${client.id}/pkce`, json: { required: false } })(stage);
    },
    others: {
      '400 invalid_input': onClient('/pkce', {}, { json: { required: 'no' } }),
      '404 client_not_found': byAdministrator({
        path: '/admin/clients/unknown/pkce',
        json: { required: true },
      }),
      '409 client_described_by_document': onDocumentClient('/pkce', { required: true }),
      '409 pkce_not_optional': async (stage) => {
        const { client } = await addModernClient(stage.app, { public: true });
        return byAdministrator({ path: `/admin/clients/${client.id}/pkce`, json: { required: false } })(
          stage,
        );
      },
    },
  },
  removeClient: {
    ordinary: onClient(),
    others: { '404 client_not_found': byAdministrator({ path: '/admin/clients/unknown' }) },
  },
};
