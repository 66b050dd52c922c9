import { currentRequest } from './current-request.ts';
import type { NewToken, Rotation } from './token-issuing.ts';

export type Rotations = ReturnType<typeof createRotations>;

/**
 * Refresh tokens that the requests being answered have used. The provider uses one up, then saves its successor, then the new
 * access token: all of it is written with the last, so that nothing is lost halfway.
 */
export function createRotations() {
  const begun = new WeakMap<object, { used: string; successor?: NewToken }>();
  const rotation = () => {
    const request = currentRequest();
    return request && begun.get(request);
  };

  return {
    /** @returns whether it is to be written later: when it belongs to a request */
    begin(used: string): boolean {
      const request = currentRequest();
      if (request) begun.set(request, { used });
      return request !== undefined;
    },

    /** @returns whether it is to be written later: when a refresh token was used for it */
    addSuccessor(successor: NewToken): boolean {
      const current = rotation();
      if (current) current.successor = successor;
      return current !== undefined;
    },

    /** What is to be written now; undefined when no refresh token was used. @throws Error when it has no successor */
    finish(): Rotation | undefined {
      const current = rotation();
      if (!current) return undefined;
      const { used, successor } = current;
      if (!successor) throw new Error('a refresh token was used, and nothing follows it');
      return { used, successor };
    },
  };
}
