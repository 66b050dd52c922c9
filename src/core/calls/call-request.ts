import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { InvalidInput } from '../../platform/domain-error.ts';
import { OutOfRange } from './call-errors.ts';

/** The parts of a request that an error may name. */
type NamedPart = 'caller' | 'callee';

/** A request to open a call; numbers are as the client sent them. */
export interface CallRequest {
  /** What the API calls these parts, if not as they are called here. */
  readonly names?: Readonly<Partial<Record<NamedPart, string>>>;
  /** Undefined: the user's default number. */
  readonly caller?: string | undefined;
  readonly callee: string;
  /** Refuse the call if the user has an ongoing call between the same two numbers. */
  readonly once: boolean;
  readonly recordingEnabled?: boolean | undefined;
  readonly sink?: RequestedSink | undefined;
  /** Seconds from connection to the end of the call. */
  readonly timeLimit?: number | undefined;
  /** Seconds that each phone may ring. */
  readonly ringTimeout?: number | undefined;
  readonly clientReference?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly idempotency?: { readonly key: string; readonly fingerprint: Buffer } | undefined;
}

/** Where to send the events of one call (CAMARA). */
export interface RequestedSink {
  readonly url: string;
  readonly credential?: { readonly accessToken: string; readonly expiresAt: Date } | undefined;
  /** The correlation id of the request, which the events repeat. */
  readonly correlator: string;
}

/**
 * Reads the key, plain or as a structured field string (draft-ietf-httpapi-idempotency-key-header), and computes the
 * SHA-256 of the request in canonical form (RFC 8785). So two requests with the same content count as the same request,
 * however they are formatted.
 * @throws InvalidInput
 */
export function readIdempotency(header: string | undefined, request: unknown): CallRequest['idempotency'] {
  if (header === undefined) return undefined;
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new InvalidInput(
      'Idempotency-Key',
      'Idempotency-Key must have 1 to 255 visible ASCII characters, such as a UUID.',
    );
  }
  return { key, fingerprint: createHash('sha256').update(canonicalForm(request)).digest() };
}

function canonicalForm(request: unknown): string {
  try {
    return canonicalize(request) ?? '';
  } catch {
    throw new InvalidInput('request', 'The request must not contain an unpaired Unicode surrogate.');
  }
}

/** @returns the name of a part of the request in its API */
export function nameIn({ names }: CallRequest, part: NamedPart): string {
  return names?.[part] ?? part;
}

/** @returns the requested seconds, by default the maximum. @throws OutOfRange */
export function boundedSeconds(field: string, requested: number | undefined, maximum: number): number {
  if (requested === undefined) return maximum;
  if (!Number.isInteger(requested) || requested < 1 || requested > maximum)
    throw new OutOfRange(field, maximum);
  return requested;
}
