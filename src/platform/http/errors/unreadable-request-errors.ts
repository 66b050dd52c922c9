import type { DeclaredError, ErrorDeclaration } from '../../declared-error.ts';
import { FIELD, InvalidInput } from '../../domain-error.ts';

/** Fastify or Node.js could not read the request, so it did not reach a route. */
export class RequestUnreadable extends InvalidInput {
  static override readonly declaration: ErrorDeclaration = {
    ...InvalidInput.declaration,
    description: 'The address or the body cannot be parsed.',
  };

  static override sample(this: new () => DeclaredError): DeclaredError {
    return new this();
  }

  constructor(message = 'The body of the request cannot be read.', field = 'request') {
    super(field, message);
  }
}

/** The address of the request is not a URL in UTF-8. */
export class AddressUnreadable extends RequestUnreadable {
  constructor() {
    super('The address of the request cannot be parsed: each % must begin a valid escape in UTF-8.');
  }
}

/** The body of the request is not JSON, or sets the prototype of an object. */
export class BodyUnreadable extends RequestUnreadable {
  constructor(body: string) {
    super(`The body of the request ${whyNotJson(body)}.`);
  }
}

/** A message of the parser may repeat the body, so only the position is used. Not every message has one. */
function whyNotJson(body: string): string {
  try {
    JSON.parse(body);
    return 'must not have the property __proto__, or a property constructor with a prototype';
  } catch (error) {
    const [, position] = /in JSON at position (\d+)/.exec(String(error)) ?? [];
    return `is not valid JSON${position === undefined ? '' : `: see position ${position}`}`;
  }
}

export class PathForbidden extends RequestUnreadable {
  static override readonly declaration: ErrorDeclaration = {
    code: 'invalid_input',
    status: 403,
    description: 'The path of a static file points outside of its folder.',
    details: FIELD,
  };

  constructor() {
    super('The path must not point outside of its folder.');
  }
}

export class RequestTimedOut extends RequestUnreadable {
  static override readonly declaration: ErrorDeclaration = {
    ...RequestUnreadable.declaration,
    status: 408,
    description: 'The request took longer than 30 seconds to arrive.',
    retry: 'at any time',
  };

  constructor() {
    super('The request must arrive within 30 seconds.');
  }
}

export class BodyTooLarge extends RequestUnreadable {
  static override readonly declaration: ErrorDeclaration = {
    ...RequestUnreadable.declaration,
    status: 413,
    description: 'The body is larger than 64 KiB, or 96 KiB with an image.',
  };

  constructor(limit = 64 * 1024) {
    super(`The body must not be larger than ${limit / 1024} KiB.`);
  }
}

export class AddressTooLong extends RequestUnreadable {
  static override readonly declaration: ErrorDeclaration = {
    ...RequestUnreadable.declaration,
    status: 414,
    description: 'A part of the address is longer than 64 KiB.',
  };

  constructor() {
    super('The address is too long.');
  }
}

export class BodyTypeNotSupported extends RequestUnreadable {
  static override readonly declaration: ErrorDeclaration = {
    ...RequestUnreadable.declaration,
    status: 415,
    camara: { code: 'UNSUPPORTED_MEDIA_TYPE' },
    description: 'The type of the body is not supported.',
  };

  static override sample(): DeclaredError {
    return new BodyTypeNotSupported(['application/json']);
  }

  constructor(supported: readonly string[]) {
    super(`The content type of the body must be ${supported.join(' or ')}.`, 'Content-Type');
  }
}

export class HeadersTooLarge extends RequestUnreadable {
  static override readonly declaration: ErrorDeclaration = {
    ...RequestUnreadable.declaration,
    status: 431,
    description: 'The address and the headers together are larger than 16 KiB.',
  };

  constructor() {
    super('The address and the headers together must not be larger than 16 KiB.');
  }
}
