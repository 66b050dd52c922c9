import { Type } from 'typebox';

export const RateLimitHeaders = {
  RateLimit: Type.String({ description: 'How many more calls the user may have just now.' }),
  'RateLimit-Policy': Type.String({ description: 'How many calls the user may have at once.' }),
};

/**
 * How many calls the user may have at once, and how many more just now (draft-ietf-httpapi-ratelimit-headers; the unit
 * `concurrent-requests` is registered there: a call is one as long as it goes on).
 */
export function rateLimitHeaders(limit: number, ongoing: number): Record<string, string> {
  return {
    'ratelimit-policy': `"user-calls";q=${limit};qu="concurrent-requests"`,
    ratelimit: `"user-calls";r=${Math.max(0, limit - ongoing)}`,
  };
}
