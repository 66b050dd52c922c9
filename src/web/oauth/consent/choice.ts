import type { Choice } from '../../../core/grants/grant-service.ts';
import { SCOPE_OFFLINE, SCOPE_OPENID } from '../../../core/tokens/access-token.ts';
import { NothingAllowed } from './interaction-errors.ts';

/** A hidden field of the consent form. It distinguishes a form without selected scopes from a program that sends no form. */
export const CHOICE_FIELD = { name: 'choice', value: 'scopes' } as const;

/** The fields of the consent form that hold the choice. */
export interface ChoiceFields {
  readonly choice?: string | undefined;
  readonly selected?: string | readonly string[] | undefined;
}

/**
 * Reads which of the requested scopes the user allows: the selected ones, or all if no form sent the request.
 * @param requested only scopes that this user may grant
 * @throws NothingAllowed if none is selected
 */
export function readChoice(requested: readonly string[], { choice, selected = [] }: ChoiceFields): Choice {
  if (choice !== CHOICE_FIELD.value) return { granted: requested, refused: [] };
  const allowed = [selected].flat();
  const granted = requested.filter((scope) => scope === SCOPE_OPENID || allowed.includes(scope));
  if (requested.length > 0 && granted.every((scope) => scope === SCOPE_OFFLINE)) {
    throw new NothingAllowed();
  }
  return { granted, refused: requested.filter((scope) => !granted.includes(scope)) };
}
