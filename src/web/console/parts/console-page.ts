import type { Page } from '../../../platform/http/pages/page.ts';
import type { Administrator } from '../../entry/request-context.ts';
import { CONSOLE, SECURITY } from '../return-to.ts';

export const SIGN_OUT = `${CONSOLE}/sign-out`;

/** What the console consists of, in the order in which it is shown. */
const AREAS = [
  { href: CONSOLE, text: 'Calls now' },
  { href: `${CONSOLE}/calls`, text: 'History' },
  { href: `${CONSOLE}/charts`, text: 'Charts' },
  { href: `${CONSOLE}/users`, text: 'Users' },
  { href: `${CONSOLE}/clients`, text: 'Applications' },
  { href: `${CONSOLE}/audit-log`, text: 'Audit log' },
  { href: `${CONSOLE}/retention`, text: 'Retention' },
  { href: SECURITY, text: 'Security' },
] as const;

export interface ConsolePage extends Omit<Page, 'navigation'> {
  /** The area that it belongs to. */
  readonly current: (typeof AREAS)[number]['href'];
  readonly administrator: Administrator;
}

/** The frame around every page of the console, for who is signed in. */
export function consolePage({ current, administrator, ...page }: ConsolePage): Page {
  const { name: userName } = administrator;
  return {
    wide: true,
    ...page,
    navigation: { label: 'Console', links: AREAS, current, userName, signOut: SIGN_OUT },
  };
}
