import { createTestClock } from '../harness/test-clock.ts';
import { conformance } from './conformance.ts';
import { simulatorSetup } from './simulator-setup.ts';
import { takeovers } from './takeovers.ts';

/** Those that take no longer than a call which the callee answers. */
const soon = ({ as }: { as: string }) => !/callerAbandon|other|calleeBusy/.test(as);
conformance({ ...simulatorSetup, ends: simulatorSetup.ends.filter(soon) });

const still = {
  ...simulatorSetup,
  title: 'the carrier simulator under a test’s clock',
  createClock: () => createTestClock(),
  stays: {
    initiating: { callee: '+12025550133', ends: 'disconnected: hangUp, by carrier' },
    ...simulatorSetup.stays,
  },
};
conformance(still, takeovers(still));
