import type { TestApp } from '../harness/app.ts';
import { bearer } from '../harness/people.ts';

/** Places a call with a token, as the programs do. @returns the answer */
export async function placeCall({ url }: Pick<TestApp, 'url'>, token: string): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/calls`, {
    method: 'POST',
    headers: { ...bearer(token), 'content-type': 'application/json' },
    body: JSON.stringify({ callee: '+12025550100' }),
  });
  return answer.json();
}
