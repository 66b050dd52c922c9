import type { HeaderDescriptions } from '../../platform/declared-error.ts';

/** The response headers that describe the user's limit (draft-ietf-httpapi-ratelimit-headers). */
export const LIMIT_HEADERS: HeaderDescriptions = {
  RateLimit: 'How many more calls the user may have now.',
  'RateLimit-Policy': 'How many ongoing calls the user may have.',
};

/** The draft registers the unit `concurrent-requests`; here, a call is such a request for as long as it is ongoing. */
export function limitHeaders(limit: number, ongoing: number): Record<string, string> {
  return {
    'ratelimit-policy': `"user-calls";q=${limit};qu="concurrent-requests"`,
    ratelimit: `"user-calls";r=${Math.max(0, limit - ongoing)}`,
  };
}
