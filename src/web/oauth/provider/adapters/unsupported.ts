import type { Adapter } from 'oidc-provider';

const unused = (operation: string) => async () => {
  throw new Error(`${operation} makes no sense for this model`);
};

/** What a table's adapter starts from: the provider asks each model only for what that model is found and ended by. */
export const unsupported = {
  findByUid: unused('findByUid'),
  findByUserCode: unused('findByUserCode'),
  consume: unused('consume'),
  revokeByGrantId: unused('revokeByGrantId'),
} satisfies Partial<Adapter>;
