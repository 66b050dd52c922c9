import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';

/** A page, an API route without a token, a route of the provider (which writes its own responses), and an unknown address. */
const ADDRESSES = ['/', '/rest/call', '/.well-known/openid-configuration', '/nowhere'];

suite('security headers', () => {
  for (const [publicUrl, transport] of [
    ['https://calls.example', 'max-age=31536000'],
    [undefined, null],
  ] as const) {
    test(publicUrl === undefined ? 'over http' : 'over https', async () => {
      const app = await startApp(publicUrl === undefined ? {} : { PUBLIC_URL: publicUrl });
      for (const address of ADDRESSES) {
        const { headers } = await fetch(`http://127.0.0.1:${app.config.port}${address}`);
        assert.equal(headers.get('strict-transport-security'), transport, address);
        assert.equal(headers.get('x-content-type-options'), 'nosniff', address);
        assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN', address);
        assert.match(
          headers.get('content-security-policy') ?? '',
          /^default-src 'none';.*frame-ancestors 'none'/,
          address,
        );
      }
    });
  }
});
