import type { HeaderDescriptions } from '../../platform/declared-error.ts';

/** The response headers that tell of the user's limit (draft-ietf-httpapi-ratelimit-headers). */
export const RATE_LIMIT: HeaderDescriptions = {
  RateLimit: 'How many more calls the user may have now.',
  'RateLimit-Policy': 'How many ongoing calls the user may have.',
};

/** Their values. The draft registers the unit `concurrent-requests`: a call is one for as long as it is ongoing. */
export function rateLimitHeaders(limit: number, ongoing: number): Record<string, string> {
  return {
    'ratelimit-policy': `"user-calls";q=${limit};qu="concurrent-requests"`,
    ratelimit: `"user-calls";r=${Math.max(0, limit - ongoing)}`,
  };
}
