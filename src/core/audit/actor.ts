export const ACTORS = ['user', 'administrator', 'application', 'commandLine', 'server', 'unknown'] as const;

/** Who performs an act of the audit log. */
export interface Actor {
  readonly kind: (typeof ACTORS)[number];
  /** The id of a user or an administrator. */
  readonly userId?: string;
  /** The client that acts, or through which the user or administrator acts. */
  readonly clientId?: string;
  readonly ipAddress?: string;
}

/** Someone who may run commands on the server's machine. */
export const COMMAND_LINE: Actor = { kind: 'commandLine' };

/** The server itself, at its start or in background jobs. */
export const SERVER: Actor = { kind: 'server' };
