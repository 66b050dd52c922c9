import { test } from 'node:test';
import { killSweepingNodes } from './killed-sweep.ts';

const ROUNDS = 2; // test/campaigns/ has the long form
const MOST = 20;

test(`a node that is killed while it sweeps loses nothing and ends nothing twice, at least ${ROUNDS} times`, async () => {
  await killSweepingNodes(ROUNDS, MOST);
});
