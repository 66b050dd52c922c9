import type { AriConfig } from './ari/ari-config.ts';
import type { Carrier } from './carrier.ts';
import { session } from './session.ts';
import { createSimulator } from './simulator.ts';
import type { SipCarrierDeps } from './sip/sip-carrier.ts';
import type { SipConfig } from './sip/sip-config.ts';

/** The settings of all carriers. */
export interface CarrierConfig {
  readonly carrier: 'session' | 'simulator' | 'sip' | 'ari';
  /** Undefined if `carrier` is another one. */
  readonly sip: SipConfig | undefined;
  /** Undefined if `carrier` is another one. */
  readonly ari: AriConfig | undefined;
}

/**
 * Starts the carriers that need no resources, and the configured one. The others are not loaded, which saves ports, connections,
 * time and memory.
 */
export async function createCarriers({ sip, ari }: CarrierConfig, deps: SipCarrierDeps): Promise<Carrier[]> {
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
