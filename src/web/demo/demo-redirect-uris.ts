import type { DemoRedirectUris } from '../../core/demo/demo-data.ts';

export function demoRedirectUris(publicUrl: string): DemoRedirectUris {
  /** Shows what a classic application receives (src/web/classic/test-page-routes.ts). */
  const testPage = `${publicUrl}/test`;
  /** The API reference (src/platform/http/openapi/) can try operations. */
  const reference = `${publicUrl}/docs/static/oauth2-redirect.html`;
  /** The page "Try it" (try-it-page.ts) is an application with its own tokens. */
  const tryIt = `${publicUrl}/`;
  return { classic: [testPage], modern: [testPage, reference, tryIt] };
}
