import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { InvalidInput } from '../../platform/domain-error.ts';
import { OutOfRange } from './call-errors.ts';

/** A call as somebody asks for it; numbers as they were written. */
export interface CallRequest {
  /** Undefined: the user's default number. */
  readonly caller?: string | undefined;
  readonly callee: string;
  /** Refuse it while the user has another call between the same two numbers. */
  readonly once: boolean;
  readonly recordingEnabled?: boolean | undefined;
  readonly sink?: RequestedSink | undefined;
  /** Seconds from connection. */
  readonly timeLimit?: number | undefined;
  /** Seconds, each phone. */
  readonly ringTimeout?: number | undefined;
  readonly clientReference?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly idempotency?: { readonly key: string; readonly fingerprint: Buffer } | undefined;
}

/** Where CAMARA's events of one call go. */
export interface RequestedSink {
  readonly url: string;
  readonly credential?: { readonly accessToken: string; readonly expiresAt: Date } | undefined;
}

/**
 * The key as sent, or as a structured field's string (draft-ietf-httpapi-idempotency-key-header), with the SHA-256 of
 * the request in canonical form (RFC 8785): the same content is the same request, however it is written down.
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

/** @throws OutOfRange */
export function boundedSeconds(field: string, asked: number | undefined, most: number): number {
  if (asked === undefined) return most;
  if (!Number.isInteger(asked) || asked < 1 || asked > most) throw new OutOfRange(field, most);
  return asked;
}
