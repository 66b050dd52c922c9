/** The names of all cookies. */
export interface CookieNames {
  /** The provider's session, which all flows and My account share. */
  readonly session: string;
  /** The provider's step between the authorization request and its response, for the pages of the step. */
  readonly interaction: string;
  /** The same, for the address that continues the request. */
  readonly resume: string;
  /** The token of a console session. */
  readonly console: string;
  /** The browser mark. */
  readonly browserMark: string;
  /** The ticket of a user who must choose a new password. */
  readonly newPassword: string;
}

/**
 * With https, the prefixes let browsers refuse a cookie that another host, such as a sibling domain, or a page without TLS tries
 * to plant: `__Host-` for cookies of the whole server, `__Secure-` for those with a path (RFC 6265bis section 4.1.3).
 */
export function cookieNames(publicUrl: string): CookieNames {
  const secure = publicUrl.startsWith('https:');
  const host = secure ? '__Host-' : '';
  const path = secure ? '__Secure-' : '';
  return {
    session: `${host}clicktocall`,
    interaction: `${path}clicktocall_interaction`,
    resume: `${path}clicktocall_resume`,
    console: `${host}clicktocall_console`,
    browserMark: `${host}clicktocall_browser`,
    newPassword: `${host}clicktocall_new_password`,
  };
}
