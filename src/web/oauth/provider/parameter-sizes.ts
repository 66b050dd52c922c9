import { errors, type KoaContextWithOIDC } from 'oidc-provider';

/** Characters of one parameter of an authorization request, and of all. The server stores them until the user has decided. */
const MAX_PARAMETER_LENGTH = 2_048;
const MAX_LENGTH = 6_144;

/** Refuses long authorization requests, also pushed ones and those of devices. The error is not redirected with the parameter. */
export function checkParameterSizes({ oidc }: KoaContextWithOIDC): void {
  const parameters = Object.entries(oidc.params ?? {}).flatMap(([name, value]) =>
    [value].flat().flatMap((each): [string, string][] => (typeof each === 'string' ? [[name, each]] : [])),
  );
  const long = parameters.find(([, value]) => value.length > MAX_PARAMETER_LENGTH);
  if (long) refuse(`${long[0]} must have at most ${MAX_PARAMETER_LENGTH} characters`);
  if (parameters.reduce((sum, [, { length }]) => sum + length, 0) > MAX_LENGTH)
    refuse(`the parameters together must have at most ${MAX_LENGTH} characters`);
}

function refuse(description: string): never {
  throw Object.assign(new errors.InvalidRequest(description), { allow_redirect: false });
}
