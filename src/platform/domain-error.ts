/**
 * Base of every error that the domain raises on purpose. The message and details are meant for whoever made the
 * request; the faces decide how they are presented (src/platform/http/errors/).
 */
export abstract class DomainError extends Error {
  /** What a program may need to react to the error, beyond its code. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.details = details;
  }

  /** The error's name in snake case, stable for programs: `CallLimitReached` is `call_limit_reached`. */
  get code(): string {
    return this.name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  }
}

/** Something that entered does not have the form it must have; `field` names what. */
export class InvalidInput extends DomainError {
  constructor(field: string, message: string) {
    super(message, { field });
  }

  /** The same for all kinds. */
  override get code(): string {
    return 'invalid_input';
  }
}
