import { test } from 'node:test';
import { record, times } from './campaign.ts';
import { startTroubledNode, TROUBLES } from './database-trouble.ts';

const ROUNDS = times(1, 30);
const node = await startTroubledNode();

for (const [name, trouble] of Object.entries(TROUBLES)) {
  test(`during ${name} of PostgreSQL every request gets a response soon, and succeeds afterwards, ${ROUNDS} times`, async () => {
    const report = await node.meet(trouble, ROUNDS);
    record({
      invariant: 'PostgreSQL down or slow: every request gets a response, and soon succeeds again',
      tried: `${ROUNDS} × ${name}, ${report.requests} requests to all APIs during it`,
      found: `${report.unavailable} got 503 with Retry-After, after ${report.slowest} ms at most, the others succeeded; all succeeded again ${report.slowestReturn} ms after the end at the latest; no connection leaked, events delivered`,
    });
  });
}
