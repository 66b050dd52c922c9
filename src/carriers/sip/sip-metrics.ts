import type { SipFault } from '@clicktocall/sip';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { SipMeter } from './sip-carrier.ts';

/** Methods of requests that this node may retransmit. */
const METHODS = ['INVITE', 'PRACK', 'CANCEL', 'BYE', 'REGISTER'];
const FAULTS: readonly SipFault[] = ['malformed', 'unreachable', 'unanswered'];

/** Counts SIP messages, and exposes the status of the user agent. */
export function measureSip(register: Registry): SipMeter {
  const registers = [register];
  const messages = new Counter({
    name: 'clicktocall_sip_messages_total',
    help: 'SIP messages, including retransmissions: requests by method, responses by method and status.',
    labelNames: ['direction', 'method', 'status'],
    registers,
  });
  const retransmissions = new Counter({
    name: 'clicktocall_sip_retransmissions_total',
    help: 'SIP messages that this node retransmitted because there was no response.',
    labelNames: ['method'],
    registers,
  });
  const failures = new Counter({
    name: 'clicktocall_sip_failures_total',
    help: 'SIP messages that were unreadable, could not be sent, or got no response.',
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
      // starts each series at 0, because Prometheus computes no rate for a series that starts at 1
      for (const method of METHODS) retransmissions.inc({ method }, 0);
      for (const fault of FAULTS) failures.inc({ fault }, 0);
      new Gauge({
        name: 'clicktocall_sip_dialogs',
        help: 'SIP dialogs: legs whose phone rings or has answered.',
        registers,
        collect() {
          this.set(status().dialogs);
        },
      });
      new Gauge({
        name: 'clicktocall_sip_transactions',
        help: 'SIP transactions in progress or absorbing retransmissions; 0 some time after the last call.',
        registers,
        collect() {
          this.set(status().transactions);
        },
      });
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
