import { DeclaredError, type ErrorDeclaration } from '../../declared-error.ts';
import { DomainError } from '../../domain-error.ts';

export class NotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'not_found',
    status: 404,
    camara: { code: 'NOT_FOUND' },
    description: 'There is nothing at this address.',
    page: {
      title: 'Page not found',
      advice: 'Check the address for typing errors, or go to one of the pages below.',
    },
  };

  constructor() {
    super('There is nothing at this address.');
  }
}

/** The address exists, but not for the method. */
export class MethodNotAllowed extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'method_not_allowed',
    status: 405,
    camara: { code: 'METHOD_NOT_ALLOWED' },
    description: 'The address does not support the method.',
    headers: { Allow: 'The methods that the address supports.' },
    page: { title: 'This page cannot be opened', advice: 'Go to one of the pages below.' },
  };

  readonly supported: string;

  constructor(supported: readonly string[]) {
    super(`Method not allowed. Supported: ${supported.join(', ')}.`);
    this.supported = supported.join(', ');
  }

  override headers(): Record<string, string> {
    return { allow: this.supported };
  }
}

/** The client accepts none of the available representations. */
export class NotAcceptable extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'not_acceptable',
    status: 406,
    description: 'The header `Accept` allows none of the types that are available.',
    page: {
      title: 'This address is for applications',
      advice: 'It has no page. What you can see and do is on the pages below.',
    },
  };

  static override sample(): DeclaredError {
    return new NotAcceptable(['application/json']);
  }

  constructor(offered: readonly string[]) {
    super(`The header Accept must allow ${offered.join(' or ')}.`);
  }
}

/** Another site made the browser send a form to this server (CSRF). */
export class CrossSiteForm extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'cross_site_form',
    status: 403,
    description: 'A form of another website sent the request.',
    page: { title: 'This form came from another website', advice: 'Nothing was changed.' },
  };

  constructor() {
    super('This form was sent from another website. Open the page again and send the form from there.');
  }
}

/** An unexpected error. Only the log gets the cause. */
export class InternalError extends DeclaredError {
  static readonly declaration: ErrorDeclaration = {
    code: 'internal_error',
    status: 500,
    camara: { code: 'INTERNAL' },
    oauth: { error: 'server_error' },
    description: 'Something unexpected went wrong. The log of the server has the details.',
    retry: 'possibly later',
    page: {
      title: 'Something went wrong on our side',
      advice:
        'It is not your fault. Try again later. If it happens again, tell the administrator of this server when it happened.',
    },
  };

  constructor(cause: unknown) {
    super('Something went wrong on our side. It has been logged.', {}, { cause });
  }
}
