/** What another process needs to go on with a leg, or to end it; JSON. */
export type SavedLeg = SavedInvitation | SavedDialog;

/** An INVITE is or may be under way. Its CANCEL must look as if it came from the same transaction (RFC 3261 section 9.1). */
export interface SavedInvitation {
  readonly phase: 'calling';
  readonly callId: string;
  readonly localUri: string;
  readonly localTag: string;
  readonly remoteUri: string;
  readonly routeSet: readonly string[];
  /** Those that have been sent, or may be before anything is saved again: the second is that with credentials. */
  readonly tries: readonly SavedTry[];
  /** `host:port` of its Via. */
  readonly sentBy: string;
}

export interface SavedTry {
  readonly cseq: number;
  readonly branch: string;
}

export interface SavedDialog {
  readonly phase: 'confirmed';
  readonly callId: string;
  readonly localUri: string;
  readonly localTag: string;
  readonly remoteUri: string;
  readonly remoteTag: string;
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  readonly cseq: number;
  readonly description: SavedDescription;
  readonly session: SavedSession;
}

/** What the phone was last sent, and as what it was called (o=). */
export interface SavedDescription {
  readonly id: number;
  readonly version: number;
  readonly sdp: string | undefined;
}

export interface SavedSession {
  /** Seconds. */
  readonly interval: number;
  readonly refresher: 'node' | 'phone';
}
