/**
 * The format in which an API presents its errors. `problem` is RFC 9457 (problem details); `own` is the format of the admin API
 * and of all pages.
 */
export type ErrorStyle = 'own' | 'problem' | 'classic' | 'camara' | 'oauth';

/** The descriptions of response headers, by name. */
export type HeaderDescriptions = Readonly<Record<string, string>>;

/** A JSON schema. */
export interface DetailSchema {
  readonly type: string;
  readonly description: string;
  readonly [keyword: string]: unknown;
}

/**
 * The static properties of an error class. Statuses, codes, error pages, the OpenAPI definition and docs/errors.md are
 * derived from them.
 */
export interface ErrorDeclaration {
  /** Stable, for programs; in snake case. */
  readonly code: string;
  /** The HTTP status, unless an API has its own. */
  readonly status: number;
  readonly classic?: { readonly status: number };
  /** For problem details. */
  readonly problem?: { readonly headers: HeaderDescriptions };
  /** For errors that CAMARA's API may return. Its errors have no details. */
  readonly camara?: {
    readonly status?: number;
    readonly code: string;
  };
  /** For errors of the authorization server whose code (RFC 6749) is not `invalid_request`. */
  readonly oauth?: { readonly error: string };
  /** When the error happens, for developers; whole sentences in Markdown. */
  readonly description: string;
  /** When the same request can succeed, such as `when the call has ended`. Absent if it cannot, or if `Retry-After` says when. */
  readonly retry?: string;
  readonly headers?: HeaderDescriptions;
  /** More properties of the body. */
  readonly details?: Readonly<Record<string, DetailSchema>>;
  /** What a browser shows in addition to the message. */
  readonly page?: {
    readonly title: string;
    /** What the person can do now. */
    readonly advice: string;
  };
}

/** The class of an error, as OpenAPI operations list it. */
export type ErrorClass = (abstract new (
  ...args: never[]
) => DeclaredError) & {
  readonly declaration: ErrorDeclaration;
  sample(): DeclaredError;
};

/**
 * Base class of all errors that an API can return. Each class has a `static readonly declaration`. The client gets the message
 * and the details; only the log gets the cause.
 */
export abstract class DeclaredError extends Error {
  readonly code: string;
  /** For programs, in addition to the code. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = this.declaration.code;
    this.details = details;
  }

  /** An error as a client may get it: the example in the API definition. A class whose constructor has parameters has its own. */
  static sample(this: new () => DeclaredError): DeclaredError {
    return new this();
  }

  get declaration(): ErrorDeclaration {
    return (this.constructor as ErrorClass).declaration;
  }

  /** The values of the headers that the declaration describes. */
  headers(_style: ErrorStyle): Record<string, string | string[]> {
    return {};
  }
}

const WHEN_TO_RETRY = 'When to try again, in seconds.';

/** Header of temporary errors. */
export const RETRY_AFTER: HeaderDescriptions = { 'Retry-After': WHEN_TO_RETRY };

/** Detail of temporary errors that also give the time in the body. */
export const RETRY_AFTER_SECONDS = {
  retryAfterSeconds: { type: 'integer', minimum: 1, description: WHEN_TO_RETRY },
};

export function retryAfter(seconds: number): Record<string, string> {
  return { 'retry-after': String(seconds) };
}
