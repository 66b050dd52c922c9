/** The URL paths of the console. */
export const CONSOLE = '/console' as const;
export const SIGN_IN = `${CONSOLE}/sign-in` as const;
export const NEW_PASSWORD = `${SIGN_IN}/new-password` as const;
export const SIGN_OUT = `${CONSOLE}/sign-out` as const;
export const SECOND_FACTOR = `${CONSOLE}/second-factor` as const;
export const SECURITY = `${CONSOLE}/security` as const;
export const HISTORY = `${CONSOLE}/calls` as const;
export const CHARTS = `${CONSOLE}/charts` as const;
export const USERS = `${CONSOLE}/users` as const;
/** Not below USERS, because a user may be named `new`. */
export const NEW_USER = `${CONSOLE}/new-user` as const;
export const CLIENTS = `${CONSOLE}/clients` as const;
export const NEW_CLIENT = `${CONSOLE}/new-client` as const;
export const AUDIT_LOG = `${CONSOLE}/audit-log` as const;
export const BRAND = `${CONSOLE}/brand` as const;
export const BRAND_IMAGE = `${BRAND}/images/:image` as const;
export const RETENTION = `${CONSOLE}/retention` as const;

export const userAddress = (name: string): string => `${USERS}/${encodeURIComponent(name)}`;
export const clientAddress = (id: string): string => `${CLIENTS}/${encodeURIComponent(id)}`;
export const callAddress = (id: string): string => `${HISTORY}/${encodeURIComponent(id)}`;
export const brandImageAddress = (image: string): string => `${BRAND}/images/${image}`;
export const webhookAddress = (id: string): string => `${CONSOLE}/webhooks/${encodeURIComponent(id)}`;

/** The history of the calls of a user or a client. */
export const callsOf = (filter: { readonly user: string } | { readonly client: string }): string =>
  `${HISTORY}?${new URLSearchParams({ ...filter })}`;

/** The audit log of a user or a client. */
export const auditLogOf = (filter: { readonly user: string } | { readonly client: string }): string =>
  `${AUDIT_LOG}?${new URLSearchParams({ ...filter })}`;
