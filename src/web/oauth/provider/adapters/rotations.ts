import { currentRequest } from './current-request.ts';
import type { NewToken, Rotation } from './token-issuer.ts';

/**
 * The refresh tokens that current requests exchange. For each request the provider consumes the refresh token, saves its
 * successor, and saves the new access token. The last step writes all three, so that a failure loses nothing.
 */
export interface Rotations {
  /** @returns whether the refresh token is consumed later, by `finish`; false outside of a request */
  start(usedId: string): boolean;
  /** @returns whether the successor is written later, by `finish`; false if the request used no refresh token */
  addSuccessor(successor: NewToken): boolean;
  /**
   * What to write now with the access token; undefined if the request used no refresh token.
   * @throws Error without a successor
   */
  finish(): Rotation | undefined;
}

export function createRotations(): Rotations {
  const rotations = new WeakMap<object, { usedId: string; successor?: NewToken }>();
  const findRotation = () => {
    const request = currentRequest();
    return request && rotations.get(request);
  };

  return {
    start(usedId) {
      const request = currentRequest();
      if (request) rotations.set(request, { usedId });
      return request !== undefined;
    },

    addSuccessor(successor) {
      const rotation = findRotation();
      if (rotation) rotation.successor = successor;
      return rotation !== undefined;
    },

    finish() {
      const rotation = findRotation();
      if (!rotation) return undefined;
      const { usedId, successor } = rotation;
      if (!successor) throw new Error('a refresh token was used without a successor');
      return { usedId, successor };
    },
  };
}
