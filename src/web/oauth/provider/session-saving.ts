import type Provider from 'oidc-provider';
import type { AdapterPayload } from 'oidc-provider';
import type { SessionUpdate } from './adapters/session-adapter.ts';

/** What the library's types leave out. */
interface SavedSession {
  readonly jti: string;
  /** Undefined for a session that was never saved. */
  exp: number | undefined;
  /** Set by a new id. */
  readonly oldId: string | undefined;
  touched: boolean;
  getValueAndPayload(): Promise<{ value: string; payload: AdapterPayload }>;
  emit(event: 'saved'): void;
}

/**
 * Saves a session that exists in place. The library would store it again, so a request under way would bring back a session that
 * has just ended; and for a new id it would delete the session first, which is a sign-out here.
 */
export function saveSessionsInPlace(
  { Session }: Provider,
  updateSession: (update: SessionUpdate) => Promise<void>,
): void {
  const { save } = Session.prototype;
  Session.prototype.save = async function saveInPlace(this: typeof Session.prototype & SavedSession, ttl) {
    if (ttl === undefined || this.exp === undefined) return save.call(this, ttl);
    this.exp = Math.floor(Date.now() / 1000) + ttl;
    const { value, payload } = await this.getValueAndPayload();
    await updateSession({ id: this.jti, formerId: this.oldId ?? this.jti, payload, lifetime: ttl });
    this.emit('saved');
    this.touched = false;
    return value;
  };
}
