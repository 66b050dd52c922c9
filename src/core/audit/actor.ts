export const ACTORS = ['user', 'administrator', 'application', 'commandLine', 'server', 'nobody'] as const;

/** Who does something that the audit log tells of. */
export interface Actor {
  readonly kind: (typeof ACTORS)[number];
  /** Of a user or an administrator. */
  readonly userId?: string;
  /** The application that acts, or through which the user or administrator does. */
  readonly clientId?: string;
  readonly ipAddress?: string;
}

/** Whoever may run commands on the server's machine. */
export const COMMAND_LINE: Actor = { kind: 'commandLine' };

/** The server by itself: its start, its background work. */
export const SERVER: Actor = { kind: 'server' };
