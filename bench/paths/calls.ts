import { BASE_PATH } from '../../src/web/click-to-dial/base-path.ts';
import type { Opening } from '../floors/open-call.ts';
import { bearer, FORM, JSON_BODY, type Sent } from '../request.ts';
import { callOf, numberOf, tokenOf } from '../stage/people.ts';

export { BASE_PATH };

/** Numbers that nobody has called; each is dialled once. */
const CALLEE = '+1212{serial}';

export interface OpeningFace {
  readonly path: string;
  readonly sent: (person: number) => Sent;
  readonly opening: Opening;
}

export const classicOpening: OpeningFace = {
  path: 'POST /rest/call',
  sent: (person) => ({
    method: 'POST',
    path: '/rest/call',
    headers: { ...FORM, ...bearer(tokenOf(person)) },
    body: `number=${CALLEE.replace('+', '%2B')}`,
  }),
  opening: { once: false },
};

export const camaraOpening: OpeningFace = {
  path: `POST ${BASE_PATH}/calls`,
  sent: (person) => ({
    method: 'POST',
    path: `${BASE_PATH}/calls`,
    headers: { ...JSON_BODY, ...bearer(tokenOf(person)) },
    body: JSON.stringify({ caller: { number: numberOf(person) }, callee: { number: CALLEE } }),
  }),
  opening: { once: true },
};

export interface ReadingFace {
  readonly path: string;
  readonly sent: (person: number) => Sent;
}

const reading = (path: string, address: (person: number) => string): ReadingFace => ({
  path: `GET ${path}`,
  sent: (person) => ({ method: 'GET', path: address(person), headers: bearer(tokenOf(person)) }),
});

/** Each person has one call that goes on. */
export const readings = [
  reading('/rest/call', () => '/rest/call'),
  reading('/rest/call?token_call=…', (person) => `/rest/call?token_call=${callOf(person)}`),
  reading(`${BASE_PATH}/calls?ongoing=true`, () => `${BASE_PATH}/calls?ongoing=true`),
  reading(`${BASE_PATH}/calls/{callId}`, (person) => `${BASE_PATH}/calls/${callOf(person)}`),
] as const;

export function everybody<T>(people: number, each: (person: number) => T): T[] {
  return Array.from({ length: people }, (_, person) => each(person));
}
