import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GENERAL_SIP_FAILURES, REASONS, SIP_FAILURES } from '../../src/carriers/leg-endings.ts';
import { DISCONNECTION_REASONS } from '../../src/core/calls/call.ts';
import { readPage } from './markdown.ts';

const troubleshooting = readPage('docs/phones/troubleshooting.md');

/** The reasons that the page has as `calleeBusy`, or as `…Busy` for both legs. */
function isExplained(reason: string): boolean {
  return [reason, reason.replace(/^(caller|callee)/, '…')].some((name) =>
    troubleshooting.includes(`\`${name}\``),
  );
}

test('troubleshooting starts from every reason', () => {
  assert.deepEqual(
    DISCONNECTION_REASONS.filter((reason) => !isExplained(reason)),
    [],
  );
});

test('troubleshooting has every SIP status with a meaning, in the row of a reason that it leads to', () => {
  const rows = troubleshooting.split('\n').filter((line) => line.startsWith('| '));
  let reason = '';
  const seen = new Set<string>();
  for (const row of rows) {
    const [, first = '', statuses = ''] = row.split('|').map((cell) => cell.trim());
    reason = /`([^`]*)`/.exec(first)?.[1] ?? reason;
    for (const [status] of statuses.matchAll(/\b[3-6]\d\d\b/g))
      for (const leg of ['caller', 'callee']) seen.add(`${status} ${reason.replace('…', leg)}`);
  }
  const missing = Object.entries({ ...SIP_FAILURES, ...GENERAL_SIP_FAILURES }).flatMap(([status, failure]) =>
    (['caller', 'callee'] as const)
      .map((leg) => `${status} ${failure === 'busy' ? `${leg}Busy` : REASONS[leg][failure]}`)
      .filter((each) => !seen.has(each)),
  );
  assert.deepEqual(missing, []);
});
