import { randomBytes } from 'node:crypto';
import { Core, Grammar, URI } from 'sip.js';
import { parseQuickly } from './quick-grammar.ts';

/** By the requests whose next transactions are to have branches that were told before. */
const branches = new WeakMap<Core.OutgoingRequestMessage, string[]>();

Object.assign(Grammar, { parse: parseQuickly });

const NOT_OF_USERS = /%(?![\dA-F]{2})|[^\w.!~*'()&=+$,/:%-]/giu;

// sip.js decodes the user part whenever an address is written, which throws where an escaped `%` had been decoded before.
Object.assign(URI.prototype, {
  escapeUser: (user: string) => user.toWellFormed().replace(NOT_OF_USERS, encodeURIComponent),
});

// sip.js draws branches from ten million: at a hundred calls a second two transactions of half a minute soon share one.
Object.assign(Core.ClientTransaction, {
  makeId(request: Core.OutgoingRequestMessage): string {
    if (request.method === 'CANCEL') return request.branch ?? newBranch();
    return branches.get(request)?.shift() ?? newBranch();
  },
});

// A transaction that was challenged is replaced by one with credentials, and then out of reach, but its timer goes on:
// what only waits for repetitions must not keep the process from ending.
const setState = Core.Transaction.prototype['setState'];
Object.assign(Core.Transaction.prototype, {
  setState(this: Core.Transaction, state: Core.TransactionState): void {
    for (const part of Object.values(this)) (part as Partial<NodeJS.Timeout> | undefined)?.unref?.();
    setState.call(this, state);
  },
});

function newBranch(): string {
  return `z9hG4bK${token()}`;
}

/** Makes the branches of a request's first transactions known before it leaves. */
export function reserveBranches(request: Core.OutgoingRequestMessage, count: number): readonly string[] {
  const reserved = Array.from({ length: count }, newBranch);
  branches.set(request, [...reserved]);
  return reserved;
}

/** Unique in the world, and not to be guessed. */
export function token(): string {
  return randomBytes(12).toString('hex');
}

/** Sets the timers of all user agents of the process. T2, T4 and the rest keep their proportion to T1 (milliseconds). */
export function setTimers(t1: number): void {
  // sip.js leaves D, I, J and K at 0, which is for reliable transports alone: over UDP what was answered is asked again
  const [t2, t4, long] = [8 * t1, 10 * t1, 64 * t1];
  const named = { T1: t1, T2: t2, T4: t4, TIMER_I: t4, TIMER_K: t4 };
  const others = { TIMER_B: long, TIMER_D: long, TIMER_F: long, TIMER_H: long, TIMER_J: long };
  Object.assign(Core.Timers, named, others, { TIMER_L: long, TIMER_M: long, TIMER_N: long });
}
