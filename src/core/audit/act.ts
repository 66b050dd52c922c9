/** Everything that the audit log tells of. */
export const ACTIONS = [
  'signedIn',
  'signInRefused',
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
  'clientRemoved',
  'webhookAdded',
  'webhookSecretRotated',
  'webhookRemoved',
  'deliveryResent',
  'callsExported',
  'auditLogExported',
  'initialAccessTokenIssued',
  'keysRotated',
] as const;

export type Action = (typeof ACTIONS)[number];

/** One act, without who did it. */
export interface Act {
  readonly action: Action;
  /** Whom it concerns. */
  readonly userId?: string;
  readonly clientId?: string;
  /** What else it concerns: the id of a call, a webhook, a delivery, a passkey. */
  readonly subject?: string;
  /** What changed, and why. No names of people, no numbers, no secrets: those would outlive who is erased. */
  readonly details?: Readonly<Record<string, unknown>>;
}
