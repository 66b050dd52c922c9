import { Counter, type Registry } from 'prom-client';

/** Counts attempts to send a logout token. */
export interface LogoutMeter {
  sent(result: 'accepted' | 'failed'): void;
}

export function measureLogouts(register: Registry): LogoutMeter {
  const attempts = new Counter({
    name: 'clicktocall_logout_tokens_total',
    help: 'Attempts of this node to tell an application that a user has signed out.',
    labelNames: ['result'],
    registers: [register],
  });
  for (const result of ['accepted', 'failed']) attempts.inc({ result }, 0);
  return { sent: (result) => attempts.inc({ result }) };
}
