import { Counter, Gauge, type Registry } from 'prom-client';
import type { SipMeter } from './sip-meter.ts';
import type { SipFault } from './transport/sip-counters.ts';

/** What this node says, and so may have to say again. */
const METHODS = ['INVITE', 'PRACK', 'CANCEL', 'BYE', 'REGISTER'];
const FAULTS: readonly SipFault[] = ['malformed', 'unreachable', 'unanswered'];

/** Counts messages of SIP, and shows how the user agent stands that is watched. */
export function measureSip(register: Registry): SipMeter {
  const registers = [register];
  const messages = new Counter({
    name: 'clicktocall_sip_messages_total',
    help: 'SIP messages, repetitions too: requests by their method, responses by the method and their status.',
    labelNames: ['direction', 'method', 'status'],
    registers,
  });
  const retransmissions = new Counter({
    name: 'clicktocall_sip_retransmissions_total',
    help: 'Messages that this node sent again for want of an answer.',
    labelNames: ['method'],
    registers,
  });
  const failures = new Counter({
    name: 'clicktocall_sip_failures_total',
    help: 'Messages that could not be read, had no way to their peer, or were never answered.',
    labelNames: ['fault'],
    registers,
  });
  return {
    counters: {
      message: (direction, method, status) =>
        messages.inc({ direction, method, status: status === undefined ? '' : String(status) }),
      retransmission: (method) => retransmissions.inc({ method }),
      failure: (fault) => failures.inc({ fault }),
    },
    watch(status) {
      // what has not happened yet is 0: a rate cannot be told from a series that begins with 1
      for (const method of METHODS) retransmissions.inc({ method }, 0);
      for (const fault of FAULTS) failures.inc({ fault }, 0);
      const gauges = {
        dialogs: 'Legs whose phone has answered, or rings and may be talked to.',
        transactions: 'Requests that wait for an answer, or remember theirs; 0 a while after the last call.',
      };
      for (const [what, help] of Object.entries(gauges)) {
        new Gauge({
          name: `clicktocall_sip_${what}`,
          help,
          registers,
          collect() {
            this.set(status()[what as keyof typeof gauges]);
          },
        });
      }
      if (status().registration === 'none') return;
      new Gauge({
        name: 'clicktocall_sip_registered',
        help: 'Whether this node is registered at SIP_REGISTRAR: 1 or 0.',
        registers,
        collect() {
          this.set(status().registration === 'registered' ? 1 : 0);
        },
      });
    },
  };
}
