/** The form in which an API presents its errors; `own` is the server's own, of the admin API and of all pages. */
export type ErrorStyle = 'own' | 'classic' | 'camara' | 'oauth';

/** Response headers by name, with what each one tells. */
export type HeaderDescriptions = Readonly<Record<string, string>>;

/** A JSON schema. */
export interface DetailSchema {
  readonly type: string;
  readonly description: string;
  readonly [keyword: string]: unknown;
}

/**
 * The static properties of an error class. Statuses, codes, pages, the OpenAPI definition and
 * docs/errors.md are made from it.
 */
export interface ErrorDeclaration {
  /** Stable, for programs; in snake case. */
  readonly code: string;
  /** The HTTP status, unless an API has its own. */
  readonly status: number;
  readonly classic?: { readonly status: number };
  /** For errors that the CAMARA API may answer. */
  readonly camara?: {
    readonly status?: number;
    readonly code: string;
    readonly headers?: HeaderDescriptions;
  };
  /** For errors that the authorization server may answer, where its code (RFC 6749) is not `invalid_request`. */
  readonly oauth?: { readonly error: string };
  /** When it happens, for developers: whole sentences in Markdown. */
  readonly description: string;
  /** After what the same request can succeed; absent where it cannot, or where `Retry-After` says it. */
  readonly retry?: string;
  readonly headers?: HeaderDescriptions;
  /** Further properties of the body. */
  readonly details?: Readonly<Record<string, DetailSchema>>;
  /** What a person reads in a browser, beside the message. */
  readonly page?: {
    readonly title: string;
    /** What the person can do now. */
    readonly advice: string;
  };
}

/** An error with a declaration, as OpenAPI operations list them. */
export type ErrorClass = (abstract new (
  ...args: never[]
) => DeclaredError) & {
  readonly declaration: ErrorDeclaration;
};

/**
 * Base of all errors that can be presented. Each class declares itself in `static readonly declaration`. Message and
 * details are written for the client that made the request; a cause is for the log alone.
 */
export abstract class DeclaredError extends Error {
  readonly code: string;
  /** What a program may need beyond the code. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = this.declaration.code;
    this.details = details;
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

/** For the declarations of errors that go away by themselves. */
export const RETRY_AFTER: HeaderDescriptions = { 'Retry-After': WHEN_TO_RETRY };

/** For those that say it in the body too. */
export const RETRY_AFTER_SECONDS = {
  retryAfterSeconds: { type: 'integer', minimum: 1, description: WHEN_TO_RETRY },
};

export function retryAfter(seconds: number): Record<string, string> {
  return { 'retry-after': String(seconds) };
}
