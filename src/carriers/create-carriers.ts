import type { Config } from '../config.ts';
import { createAriCarrier } from './ari/ari-carrier.ts';
import type { Carrier, CarrierParts } from './carrier.ts';
import { session } from './session.ts';
import { createSimulator } from './simulator.ts';

/** What the configuration says of carriers. */
export type CarrierConfig = Pick<Config, 'carrier' | 'sip' | 'ari'>;

/** Starts those that cost nothing, and the one that is configured: no other one takes up a port or a connection. */
export async function createCarriers({ ari }: CarrierConfig, parts: CarrierParts): Promise<Carrier[]> {
  return [session, createSimulator(parts), ...(ari ? [createAriCarrier(ari, parts)] : [])];
}
