import type { CarrierParts } from '../carrier.ts';
import type { UserAgent } from './user-agent/leg.ts';

/** What it takes to have legs, and to keep them. */
export interface LegParts extends Pick<CarrierParts, 'database' | 'nodeId' | 'log'> {
  readonly agent: UserAgent;
}
