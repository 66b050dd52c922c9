import { conformance } from './conformance.ts';

const CALLEE = '+447700900123';

conformance({
  title: 'the carrier session',
  name: 'session',
  env: { CARRIER: 'session' },
  createClock: undefined,
  records: false,
  states: ['connected'],
  talks: CALLEE,
  stays: { connected: { callee: CALLEE, ends: undefined } },
  hangsUp: undefined,
  ends: [],
});
