import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import type { TestApp } from '../harness/app.ts';
import { Browser } from '../harness/browser.ts';
import { addUser } from '../harness/people.ts';
import { configure, obtainTokens, type Person } from './oauth/modern-walk.ts';

/** Ofcom keeps the ranges of both for drama. */
export const CALLER = '+447700900000';
const CALLEES = '+4416329';
let called = 0;

/** A new one each time, because only one ongoing call between the same two numbers is allowed. */
export function newCallee(): string {
  return `${CALLEES}${String(++called).padStart(5, '0')}`;
}

/** A node. */
export interface Recipient extends Pick<TestApp, 'url'> {}

/** Adds a user, whose number is `CALLER` by default. */
export async function addCaller(
  app: TestApp,
  name: string,
  given: { limit?: number; numbers?: string[] } = {},
): Promise<Person> {
  await addUser(app, name, { limit: 1000, numbers: [CALLER], ...given });
  return { name, browser: new Browser(app.url) };
}

/** An access token by the authorization code flow. */
export async function tokenFor(
  app: TestApp,
  client: RegisteredClient,
  person: Person,
  scope = 'call',
): Promise<string> {
  return (await obtainTokens(await configure(app, client), person, scope)).access;
}

/** Afterwards no call counts towards a limit, or keeps its two numbers. */
export async function endAllCalls(app: Pick<TestApp, 'sql'>): Promise<void> {
  await app.sql(
    `SELECT count(m) FROM calls c, LATERAL move_call(c.id, 'disconnected', 'hangUp', 'carrier') m WHERE c.ended_at IS NULL`,
  );
}

export async function countCalls(app: Pick<TestApp, 'sql'>): Promise<number> {
  const [row] = await app.sql<{ count: number }>('SELECT count(*)::integer AS count FROM calls');
  return row?.count ?? 0;
}
