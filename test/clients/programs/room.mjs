import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What every program in JavaScript does in the same way: asks the person, reports to the test. */
export const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
export const CALLS = `${ISSUER}/api/v1/calls`;
export const CALL = { callee: '+12025550100' };

/** Opens a call with a token. */
export async function call(token) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return (await fetch(CALLS, { method: 'POST', headers, body: JSON.stringify(CALL) })).json();
}

/** The status of the API for a token. */
export async function statusOf(token) {
  return (await fetch(CALLS, { headers: { authorization: `Bearer ${token}` } })).status;
}

/** The person opens the URL. @returns where the server sends them at last */
export async function visit(url) {
  console.log('visit', String(url));
  const input = createInterface(process.stdin);
  const [line] = await once(input, 'line');
  input.close();
  process.stdin.pause();
  return new URL(line);
}

export function report(facts) {
  console.log('report', JSON.stringify(facts));
}
