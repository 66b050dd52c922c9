import type { Target } from '../transport/locator.ts';

/** The state with which another process can continue or end a leg; stored as JSON. */
export type SavedLeg = SavedInvitation | SavedDialog;

/** An INVITE that was, or may have been, sent. Its CANCEL must match the transaction (RFC 3261 section 9.1). */
export interface SavedInvitation {
  readonly phase: 'calling';
  /** Identifies the record: each INVITE to another server has its own. */
  readonly id: string;
  readonly callId: string;
  readonly localUri: string;
  readonly localTag: string;
  readonly remoteUri: string;
  readonly requestUri: string;
  readonly routeSet: readonly string[];
  /** Where the INVITE goes; undefined until it is located. */
  readonly server: Target | undefined;
  /** INVITEs that were sent, or may be sent before the next save; those after the first carry credentials. */
  readonly tries: readonly SavedTry[];
  /** The last number that this process may use in the dialogs of the phones that answer. */
  readonly cseq: number;
  /** `host:port` in Via. */
  readonly sentBy: string;
}

export interface SavedTry {
  readonly cseq: number;
  readonly branch: string;
}

export interface SavedDialog {
  readonly phase: 'confirmed';
  /** That of the invitation that the phone answered. */
  readonly id: string;
  readonly callId: string;
  readonly localUri: string;
  readonly localTag: string;
  readonly remoteUri: string;
  readonly remoteTag: string;
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  /** The last number that this process may use: it reserves some at a time (sequence.ts). */
  readonly cseq: number;
  /** The highest number that the phone has used; undefined until it sends a request. */
  readonly remoteCseq: number | undefined;
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
  /** Whether the phone ends the session if it is not refreshed in time. */
  readonly agreed: boolean;
}
