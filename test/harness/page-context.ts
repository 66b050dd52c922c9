import type { PageContextOf } from '../../src/platform/http/pages/page-context.ts';

/** For a server of the HTTP kit alone. */
export const pageContextOf: PageContextOf = () => ({
  brand: {
    name: 'Acme',
    logo: undefined,
    logoDark: undefined,
    icon: '/icon.png',
    style: undefined,
    support: undefined,
    legal: [],
  },
});
