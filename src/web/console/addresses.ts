import { CONSOLE } from './return-to.ts';

/** Where the pages of the console are. */
export const USERS = `${CONSOLE}/users` as const;
/** Not among the users, one of whom may have any name. */
export const NEW_USER = `${CONSOLE}/new-user` as const;
export const CLIENTS = `${CONSOLE}/clients` as const;
export const NEW_CLIENT = `${CONSOLE}/new-client` as const;

export const userAddress = (name: string): string => `${USERS}/${encodeURIComponent(name)}`;
export const clientAddress = (id: string): string => `${CLIENTS}/${encodeURIComponent(id)}`;
export const callAddress = (id: string): string => `${CONSOLE}/calls/${encodeURIComponent(id)}`;
export const webhookAddress = (id: string): string => `${CONSOLE}/webhooks/${encodeURIComponent(id)}`;

/** The history of calls, narrowed down. */
export const callsOf = (filter: { readonly user: string } | { readonly client: string }): string =>
  `${CONSOLE}/calls?${new URLSearchParams({ ...filter })}`;

export const auditLogOf = (filter: { readonly user: string } | { readonly client: string }): string =>
  `${CONSOLE}/audit-log?${new URLSearchParams({ ...filter })}`;
