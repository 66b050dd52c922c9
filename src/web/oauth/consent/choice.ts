import type { Choice } from '../../../core/grants/grant-service.ts';
import { SCOPE_OFFLINE, SCOPE_OPENID } from '../../../core/tokens/access-token.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';

/** In the form of the consent page, so that a form with nothing ticked is told from a program that sends no form. */
export const CHOICE = { name: 'choice', value: 'scopes' } as const;

/** What a consent form, or a program in its place, sends beside the answer itself. */
export interface SentChoice {
  readonly choice?: string | undefined;
  /** The ticked scopes. */
  readonly ticked?: string | readonly string[] | undefined;
}

/**
 * What the person ticked of what was asked; everything when the answer did not come from the page's form.
 * @param asked without what is not this user's to grant
 * @throws InvalidInput when nothing is ticked
 */
export function choiceOf(asked: readonly string[], { choice, ticked }: SentChoice): Choice {
  if (choice !== CHOICE.value) return { granted: asked, refused: [] };
  const left = [ticked ?? []].flat();
  const granted = asked.filter((scope) => scope === SCOPE_OPENID || left.includes(scope));
  if (asked.length > 0 && granted.every((scope) => scope === SCOPE_OFFLINE)) {
    throw new InvalidInput('scope', 'Select at least one thing that the application may do, or deny access.');
  }
  return { granted, refused: asked.filter((scope) => !granted.includes(scope)) };
}
