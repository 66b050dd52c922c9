import type { GrantService } from '../../../core/grants/grant-service.ts';
import { SecondFactorNotVerified } from './interaction-errors.ts';

/** @param consoleToken value of the browser's console cookie. @throws SecondFactorNotVerified */
export async function requireSecondFactor(
  grants: GrantService,
  userId: string,
  scopes: readonly string[],
  consoleToken: string | undefined,
): Promise<void> {
  if ((await grants.checkSecondFactor(userId, scopes, consoleToken)) === 'missing')
    throw new SecondFactorNotVerified();
}
