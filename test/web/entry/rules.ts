import type { Entry } from '../../../src/web/entry/request-context.ts';
import type { Role, Token } from './roles.ts';
import { BEFORE_SECOND_FACTOR, OWNED, SCOPES } from './routes.ts';

/** What becomes of a request: it gets in, or is told why not, or is led to where one signs in. */
export type Outcome = 'in' | '401' | '403' | '404' | 'sign in' | 'console sign-in' | 'second factor';

/** Who may what, by who may enter. */
const RULES: Readonly<Record<Entry, (role: Role, row: string) => Outcome>> = {
  anyone: () => 'in',

  user({ person }, row) {
    if (person === undefined) return 'sign in';
    return OWNED[row] === undefined || person === 'anna' ? 'in' : '404';
  },

  token({ token }, row) {
    if (!token || token === 'nothing' || (token.inQuery && !row.endsWith('/rest/call'))) return '401';
    if (isForAnotherApi(token, row)) return '401';
    if (token.user === undefined || !hasOneOf(token, SCOPES[row])) return '403';
    if (OWNED[row] === undefined) return 'in';
    const reached = token.user === 'anna' && (token.scopes.includes('call') || token.client === 'a');
    return reached ? 'in' : '404';
  },

  client({ token }, row) {
    if (!token || token === 'nothing' || token.inQuery || isForAnotherApi(token, row)) return '401';
    if (token.user !== undefined || !hasOneOf(token, SCOPES[row])) return '403';
    return OWNED[row] === undefined || token.client === 'a' ? 'in' : '404';
  },

  administrator({ token }, row) {
    if (!token || token === 'nothing' || token.inQuery || isForAnotherApi(token, row)) return '401';
    return token.scopes.includes('admin') && token.administrator && !token.lacksSecondFactor ? 'in' : '403';
  },

  console({ console: standing }, row) {
    if (standing === undefined) return 'console sign-in';
    if (row === 'POST /console/sign-out') return 'console sign-in'; // where it leads whoever it has signed out, too
    return standing === 'complete' || BEFORE_SECOND_FACTOR.includes(row) ? 'in' : 'second factor';
  },

  metrics: ({ metrics }) => (metrics ? 'in' : '401'),
};

/** The outcome by the rule of the entry, unless the route has one of its own. */
export function outcomeFor(entry: Entry, role: Role, row: string): Outcome {
  return EXCEPTIONS[row]?.(role) ?? RULES[entry](role, row);
}

/** Routes that judge who asks by themselves. */
const EXCEPTIONS: Readonly<Record<string, (role: Role) => Outcome>> = {
  // Without a ticket of a sign-in under way.
  'GET /sign-in/new-password': () => 'sign in',
  'GET /console/sign-in/new-password': () => 'console sign-in',
  'POST /oauth/register': () => '401', // but for a token that the command line gave out for this (RFC 7591 section 3)
};

function hasOneOf({ scopes }: Token, needed: readonly string[] = []): boolean {
  return needed.some((scope) => scopes.includes(scope));
}

/** A token for one API is no good anywhere else, UserInfo included. */
function isForAnotherApi({ api }: Token, row: string): boolean {
  return api !== undefined && !row.split(' ')[1]?.startsWith(`${api}/`);
}
