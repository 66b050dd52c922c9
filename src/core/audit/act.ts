/** All actions in the audit log. */
export const ACTIONS = [
  'signedIn',
  'signInRefused',
  'signInThrottled',
  'signedOut',
  'signedOutEverywhere',
  'passwordChanged',
  'secondFactorAdded',
  'secondFactorRemoved',
  'secondFactorRefused',
  'grantAllowed',
  'grantRefused',
  'grantWithdrawn',
  'callEnded',
  'userAdded',
  'userLimitChanged',
  'userNumbersChanged',
  'userSipAddressChanged',
  'userPasswordReset',
  'userDisabled',
  'userEnabled',
  'userExported',
  'userErased',
  'clientRegistered',
  'clientSecretRotated',
  'clientAssertionAudienceChanged',
  'clientLogoutChanged',
  'clientPkceChanged',
  'clientLogoChanged',
  'clientDocumentChanged',
  'clientRemoved',
  'webhookAdded',
  'webhookEventsChanged',
  'webhookDisabled',
  'webhookEnabled',
  'webhookTested',
  'webhookSecretRotated',
  'webhookRemoved',
  'deliveryResent',
  'callsExported',
  'auditLogExported',
  'initialAccessTokenIssued',
  'keysRotated',
  'brandChanged',
] as const;

export type Action = (typeof ACTIONS)[number];

/** One act, without its actor. */
export interface Act {
  readonly action: Action;
  /** The user concerned. */
  readonly userId?: string;
  readonly clientId?: string;
  /** What else is concerned: the id of a call, a webhook, a delivery or a passkey. */
  readonly subject?: string;
  /** What changed, and why. Without names, phone numbers and secrets, because the log is kept after a user is erased. */
  readonly details?: Readonly<Record<string, unknown>>;
}
