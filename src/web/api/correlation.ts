import { Type } from 'typebox';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';

/** Headers of every request. */
export const CorrelatedRequest = Type.Object(CorrelatorHeader);
/** Headers of every response. */
export const correlated = CorrelatorHeader;
