import type { ClientService } from '../../core/clients/client-service.ts';
import type { GrantService } from '../../core/grants/grant-service.ts';
import { keepOpener } from '../../platform/http/opener-policy.ts';
import { sameOriginForms } from '../../platform/http/same-origin.ts';
import type { ConsentTermDeps } from '../oauth/consent/consent-terms.ts';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { surface } from '../surface.ts';
import { classicAuthorizationRoutes } from './authorization-routes.ts';
import { classicSignInRoutes } from './sign-in-routes.ts';
import { classicSignOutRoutes } from './sign-out-routes.ts';
import { type DemoReceipts, testPageRoutes } from './test-page-routes.ts';
import { classicTokenRoutes } from './token-routes.ts';

export interface ClassicFlowDeps extends ConsentTermDeps {
  readonly clients: ConsentTermDeps['clients'] & Pick<ClientService, 'isOriginOfClassicClient'>;
  readonly demo: DemoReceipts;
  readonly grants: GrantService;
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
  readonly session: BrowserSession;
  readonly signIn: BrowserSignIn;
}

/** The flows of 2012, in which classic clients get a user's permission. */
export const classicFlows = surface<ClassicFlowDeps>('classic-flows', async (app, deps) => {
  const { accounts, clients, demo, grants, publicUrl, server, session, signIn } = deps;

  await app.register(keepOpener);
  await app.register(classicTokenRoutes, { server });
  await app.register(async (forms) => {
    await forms.register(sameOriginForms, { publicUrl });
    await forms.register(testPageRoutes, { demo, publicUrl });
    await forms.register(classicSignInRoutes, { server, session, signIn });
    await forms.register(classicSignOutRoutes, { clients, session, signIn });
    await forms.register(classicAuthorizationRoutes, {
      accounts,
      clients,
      grants,
      publicUrl,
      server,
      session,
      signIn,
    });
  });
});
