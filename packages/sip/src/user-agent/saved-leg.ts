/** The state with which another process can continue or end a leg; stored as JSON. */
export type SavedLeg = SavedInvitation | SavedDialog;

/** An INVITE that was, or may have been, sent. Its CANCEL must match the transaction (RFC 3261 section 9.1). */
export interface SavedInvitation {
  readonly phase: 'calling';
  readonly callId: string;
  readonly localUri: string;
  readonly localTag: string;
  readonly remoteUri: string;
  readonly routeSet: readonly string[];
  /** INVITEs that were sent, or may be sent before the next save; the second one carries credentials. */
  readonly tries: readonly SavedTry[];
  /** `host:port` in Via. */
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

/** The last description for the phone, with the id and version of its origin (o=). */
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
