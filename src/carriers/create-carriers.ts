import type { AriConfig } from './ari/ari-config.ts';
import type { Carrier, CarrierParts } from './carrier.ts';
import { session } from './session.ts';
import { createSimulator } from './simulator.ts';
import type { SipConfig } from './sip/sip-config.ts';

/** What the configuration says of carriers. */
export interface CarrierConfig {
  readonly carrier: 'session' | 'simulator' | 'sip' | 'ari';
  /** Of the carrier `sip`, where it is the one. */
  readonly sip: SipConfig | undefined;
  /** Of the carrier `ari`, where it is the one. */
  readonly ari: AriConfig | undefined;
}

/**
 * Starts those that cost nothing, and the one that is configured: no other one takes up a port, a connection, or the time
 * and the memory that its libraries take to load.
 */
export async function createCarriers({ sip, ari }: CarrierConfig, parts: CarrierParts): Promise<Carrier[]> {
  const carriers = [session, createSimulator(parts)];
  if (sip) {
    const { createSipCarrier } = await import('./sip/sip-carrier.ts');
    carriers.push(await createSipCarrier(sip, parts));
  }
  if (ari) {
    const { createAriCarrier } = await import('./ari/ari-carrier.ts');
    carriers.push(createAriCarrier(ari, parts));
  }
  return carriers;
}
