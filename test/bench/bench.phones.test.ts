import { test } from 'node:test';
import { noAsterisk } from '../peers/asterisk-place.ts';
import { assertReport } from './bench-report.ts';

test('the benchmark measures SIP calls against Asterisk', { skip: noAsterisk }, () =>
  assertReport(
    ['sip'],
    [
      /^SIP call at 40 a second: processor time$/,
      /^SIP call at 120 a second: processor time$/,
      /^request to the first INVITE, .*: p50$/,
      /^request to the first INVITE, .*: p99$/,
      /^highest rate of SIP calls without a bad one/,
      /^the same with the carrier `ari`$/,
      /^memory of a held SIP call$/,
    ],
  ),
);
