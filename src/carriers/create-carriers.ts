import type { Config } from '../config/config.ts';
import type { Carrier } from './carrier.ts';
import { session } from './session.ts';
import { createSimulator } from './simulator.ts';
import type { SipCarrierDeps } from './sip/sip-carrier.ts';

/** The settings of all carriers. */
export type CarrierConfig = Pick<Config, 'carrier' | 'sip' | 'ari'>;

/** What the carriers need, each its own part. */
export type AllCarrierDeps = SipCarrierDeps;

/**
 * Starts the carriers that need no resources, and the one that is configured. No other one takes a port, a connection, or
 * the time and memory to load its libraries.
 */
export async function createCarriers({ sip, ari }: CarrierConfig, deps: AllCarrierDeps): Promise<Carrier[]> {
  const carriers = [session, createSimulator(deps)];
  if (sip) {
    const { createSipCarrier } = await import('./sip/sip-carrier.ts');
    carriers.push(await createSipCarrier(sip, deps));
  }
  if (ari) {
    const { createAriCarrier } = await import('./ari/ari-carrier.ts');
    carriers.push(createAriCarrier(ari, deps));
  }
  return carriers;
}
