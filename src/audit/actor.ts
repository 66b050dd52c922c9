/** Who does something that the audit log tells of. */
export interface Actor {
  readonly kind: 'user' | 'administrator' | 'application' | 'commandLine' | 'server' | 'nobody';
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
