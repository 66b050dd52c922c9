import { test } from 'node:test';
import { record, times } from './campaign.ts';
import { killSweepingNodes } from './killed-sweep.ts';

const ROUNDS = times(2, 50);
const MOST = times(20, 50);

test(`a node that is killed during a sweep loses no call and ends none twice, at least ${ROUNDS} times`, async () => {
  const { rounds, calls, leftOver } = await killSweepingNodes(ROUNDS, MOST);
  record({
    invariant: 'An abandoned call ends, once',
    tried: `${calls} overdue calls, ${rounds} × kill -9 of the sweeping node`,
    found: `all ended by the sweep, none twice; ${leftOver} kills interrupted a sweep, and the next node finished it`,
  });
});
