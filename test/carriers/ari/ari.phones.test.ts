import { suite } from 'node:test';
import { startAsterisk } from '../../peers/asterisk.ts';
import { noAsterisk } from '../../peers/asterisk-place.ts';
import { conformance } from '../conformance.ts';
import { takeovers } from '../takeovers.ts';
import { ariSetup, dialplan } from './dialplan.ts';

if (noAsterisk) {
  suite('the carrier ari', { skip: noAsterisk });
} else {
  const asterisk = await startAsterisk({ extensions: dialplan() });
  const setup = ariSetup(asterisk.env('conformance'));
  conformance(setup, takeovers(setup));
}
