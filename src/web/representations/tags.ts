import { SERVER_TAG } from '../../platform/http/openapi/operation.ts';

/** The groups of operations in the API definition and the reference. */
export const TAGS = {
  calls: 'Calls',
  webhooks: 'Webhooks',
  camaraCalls: 'CAMARA: calls',
  camaraRecording: 'CAMARA: recording',
  classicCalls: 'Classic calls',
  classicAuthorization: 'Classic authorization',
  adminUsers: 'Administration: users',
  adminCalls: 'Administration: calls',
  adminStatistics: 'Administration: statistics',
  adminBrand: 'Administration: brand',
  adminRetention: 'Administration: retention',
  adminClients: 'Administration: clients',
  adminGrants: 'Administration: grants',
  adminWebhooks: 'Administration: webhooks',
  adminAuditLog: 'Administration: audit log',
  server: SERVER_TAG,
} as const;

export const TAG_DESCRIPTIONS: Readonly<Record<(typeof TAGS)[keyof typeof TAGS], string>> = {
  [TAGS.calls]: 'Calls of the user, their events and recordings; the user’s limit and numbers.',
  [TAGS.webhooks]: 'A client’s own webhooks and their deliveries; with an access token of the client itself.',
  [TAGS.camaraCalls]: 'CAMARA Click to Dial 0.2.0.',
  [TAGS.camaraRecording]: 'Recordings of calls, as defined by CAMARA Click to Dial.',
  [TAGS.classicCalls]: 'The call interface as documented in 2012.',
  [TAGS.classicAuthorization]:
    'The flows documented in 2012, only for classic clients. Other clients find the authorization server at `/.well-known/oauth-authorization-server`.',
  [TAGS.adminUsers]: 'Users, their limits and their ongoing calls.',
  [TAGS.adminCalls]: 'All calls, ongoing and ended.',
  [TAGS.adminStatistics]: 'How many calls there are, and how they end.',
  [TAGS.adminBrand]: 'The name, images, colours and links that pages show.',
  [TAGS.adminRetention]: 'How long calls are kept.',
  [TAGS.adminClients]: 'Registered applications.',
  [TAGS.adminGrants]: 'Permissions that users have given to applications.',
  [TAGS.adminWebhooks]: 'Webhooks of all clients, and their deliveries.',
  [TAGS.adminAuditLog]: 'Security-relevant acts: who, what, when and from where.',
  [TAGS.server]: 'Health and description of the server.',
};
