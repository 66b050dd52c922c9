import { conformance } from '../conformance.ts';
import { takeovers } from '../takeovers.ts';
import { sipSetup } from './sip-setup.ts';

const setup = await sipSetup();
conformance(setup, takeovers(setup));
