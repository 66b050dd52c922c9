import type { Adapter } from 'oidc-provider';

const refuse = (operation: string) => async () => {
  throw new Error(`${operation} is not supported by this model`);
};

/** The operations that the provider does not call for most models. */
export const unsupported = {
  upsert: refuse('upsert'),
  destroy: refuse('destroy'),
  findByUid: refuse('findByUid'),
  findByUserCode: refuse('findByUserCode'),
  consume: refuse('consume'),
  revokeByGrantId: refuse('revokeByGrantId'),
} satisfies Partial<Adapter>;
