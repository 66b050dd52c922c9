import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstCall } from '../../src/web/openapi/first-call.ts';
import { readBlocks, readPage } from './markdown.ts';

test('the README is short', () => {
  assert.ok(Buffer.byteLength(readPage('README.md')) <= 6_000);
});

test('the README and the definition of the API show the same first call', () => {
  const [block = ''] = readBlocks('README.md', 'sh');
  assert.ok(firstCall('http://localhost:8888').includes(`\`\`\`sh\n${block}\`\`\``), block);
});
