import { API_PATH } from '../../src/web/api/base-path.ts';
import { BASE_PATH } from '../../src/web/click-to-dial/base-path.ts';
import { callOf, numberOf, tokenOf } from '../environment/users.ts';
import type { OpenOptions } from '../floors/open-call.ts';
import { type CallTraffic, type LoadResult, openAndEnd, runLoad } from '../load.ts';
import { type BenchRequest, bearer, FORM, JSON_BODY } from '../request.ts';

export { API_PATH };

/** Each number is called once. */
const CALLEE = '+1212{serial}';

export interface OpenOperation {
  readonly path: string;
  readonly request: (user: number) => BenchRequest;
  readonly options: OpenOptions;
}

export const classicOpen: OpenOperation = {
  path: 'POST /rest/call',
  request: (user) => ({
    method: 'POST',
    path: '/rest/call',
    headers: { ...FORM, ...bearer(tokenOf(user)) },
    body: `number=${CALLEE.replace('+', '%2B')}`,
  }),
  options: { once: false },
};

export const apiOpen: OpenOperation = {
  path: `POST ${API_PATH}/calls`,
  request: (user) => ({
    method: 'POST',
    path: `${API_PATH}/calls`,
    headers: { ...JSON_BODY, ...bearer(tokenOf(user)) },
    body: JSON.stringify({ caller: numberOf(user), callee: CALLEE }),
  }),
  options: { once: true },
};

export const camaraOpen: OpenOperation = {
  path: `POST ${BASE_PATH}/calls`,
  request: (user) => ({
    method: 'POST',
    path: `${BASE_PATH}/calls`,
    headers: { ...JSON_BODY, ...bearer(tokenOf(user)) },
    body: JSON.stringify({ caller: { number: numberOf(user) }, callee: { number: CALLEE } }),
  }),
  options: { once: true },
};

/** Ends the call whose id replaces `{value}`. */
export const endRequest = (user: number): BenchRequest => ({
  method: 'DELETE',
  path: `${API_PATH}/calls/{value}`,
  headers: bearer(tokenOf(user)),
});

export const callTraffic = (users: number): CallTraffic => ({
  opens: forEachUser(users, apiOpen.request),
  ends: forEachUser(users, endRequest),
});

export interface ReadOperation {
  readonly path: string;
  readonly request: (user: number) => BenchRequest;
}

const readOperation = (path: string, address: (user: number) => string): ReadOperation => ({
  path: `GET ${path}`,
  request: (user) => ({ method: 'GET', path: address(user), headers: bearer(tokenOf(user)) }),
});

/** Each user has one ongoing call. */
export const readOperations = {
  list: readOperation(`${API_PATH}/calls?ongoing=true`, () => `${API_PATH}/calls?ongoing=true`),
  show: readOperation(`${API_PATH}/calls/{callId}`, (user) => `${API_PATH}/calls/${callOf(user)}`),
};

export function forEachUser<T>(users: number, each: (user: number) => T): T[] {
  return Array.from({ length: users }, (_, user) => each(user));
}

/** Something that these users do under load. */
export interface HotPath {
  readonly path: string;
  run(url: string, users: readonly number[], load: { connections: number; ms: number }): Promise<LoadResult>;
}

export const openAndEndCalls: HotPath = {
  path: 'open and end a call',
  run: (url, users, load) =>
    openAndEnd(url, { opens: users.map(apiOpen.request), ends: users.map(endRequest) }, load),
};

export const readCalls = ({ path, request }: ReadOperation): HotPath => ({
  path,
  run: (url, users, load) => runLoad({ url, requests: users.map(request), status: 200, ...load }),
});
