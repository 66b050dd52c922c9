import { test } from 'node:test';
import { killSweepingNodes } from '../calls/killed-sweep.ts';

const ROUNDS = 50;

test(`a node that is killed while it sweeps loses nothing and ends nothing twice, ${ROUNDS} times`, async () => {
  await killSweepingNodes(ROUNDS, ROUNDS);
});
