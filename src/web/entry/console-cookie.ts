/** Where a browser keeps the token of its session in the console. */
export const CONSOLE_COOKIE = 'clicktocall_console';
