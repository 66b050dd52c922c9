import type { ErrorClass } from '../../declared-error.ts';

/** The heading in the definition and the reference for operations about the server itself. */
export const SERVER_TAG = 'Server';

export const FORM_OR_JSON = ['application/x-www-form-urlencoded', 'application/json'];
export const JSON_OR_XML = ['application/json', 'application/xml'];
/** For operations that answer with `sendPageOrJson`. */
export const JSON_OR_PAGE = ['application/json', 'text/html'];

declare module 'fastify' {
  interface FastifySchema {
    /**
     * The errors of the operation itself. Errors of its authentication and of its request format, such as an invalid token or
     * an unreadable body, are added automatically.
     */
    errors?: readonly ErrorClass[];
    /** Requests that the server sends because of the operation (OpenAPI callbacks). */
    callbacks?: Readonly<Record<string, object>>;
  }
}
