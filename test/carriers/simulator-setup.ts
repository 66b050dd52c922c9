import type { CarrierSetup } from './carrier-setup.ts';

/** The simulator in real time; some of its numbers (docs/use-the-api/simulated-phones.md). */
export const simulatorSetup: CarrierSetup = {
  title: 'the carrier simulator in real time',
  name: 'simulator',
  env: { CARRIER: 'simulator' },
  createClock: undefined,
  records: true,
  states: ['initiating', 'callingCaller', 'callingCallee', 'connected'],
  talks: '+12025550100',
  stays: {
    callingCaller: { callee: '+12025550111', ends: 'failed: callerNoAnswer, by carrier' },
    callingCallee: { callee: '+12025550103', ends: 'failed: calleeNoAnswer, by carrier' },
    connected: { callee: '+12025550100', ends: undefined },
  },
  hangsUp: '+12025550133',
  ends: [
    { callee: '+12025550120', as: 'failed: other, by carrier' },
    { callee: '+12025550110', as: 'disconnected: callerBusy, by carrier' },
    { callee: '+12025550111', as: 'failed: callerNoAnswer, by carrier', ringTimeout: 1 },
    { callee: '+12025550112', as: 'failed: callerFailure, by carrier' },
    { callee: '+12025550113', as: 'disconnected: callerAbandon, by carrier' },
    { callee: '+12025550104', as: 'disconnected: calleeBusy, by carrier' },
    { callee: '+12025550105', as: 'failed: calleeDeclined, by carrier' },
    { callee: '+12025550103', as: 'failed: calleeNoAnswer, by carrier', ringTimeout: 1 },
    { callee: '+12025550106', as: 'failed: calleeFailure, by carrier' },
    { callee: '+12025550131', as: 'disconnected: hangUp, by carrier' },
    { callee: '+12025550107', as: 'disconnected: networkFailure, by carrier' },
  ],
};
