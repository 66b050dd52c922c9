import type { Config } from '../config.ts';
import { createAriCarrier } from './ari/ari-carrier.ts';
import type { Carrier, CarrierParts } from './carrier.ts';
import { session } from './session.ts';
import { createSimulator } from './simulator.ts';
import { createSipCarrier } from './sip/sip-carrier.ts';

/** What the configuration says of carriers. */
export type CarrierConfig = Pick<Config, 'carrier' | 'sip' | 'ari'>;

/** Starts those that cost nothing, and the one that is configured: no other one takes up a port or a connection. */
export async function createCarriers({ sip, ari }: CarrierConfig, parts: CarrierParts): Promise<Carrier[]> {
  const carriers = [session, createSimulator(parts)];
  if (sip) carriers.push(await createSipCarrier(sip, parts));
  if (ari) carriers.push(createAriCarrier(ari, parts));
  return carriers;
}
