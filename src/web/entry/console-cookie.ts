/** The cookie with the token of a console session. */
export const CONSOLE_COOKIE = 'clicktocall_console';
