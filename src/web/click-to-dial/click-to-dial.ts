import type { CallService } from '../../core/calls/call-service.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import { surface } from '../surface.ts';
import { BASE_PATH } from './base-path.ts';
import { clickToDialCallRoutes } from './call-routes.ts';
import { camaraConventions } from './camara-conventions.ts';

export interface ClickToDialDeps {
  readonly accessTokens: AccessTokenService;
  readonly calls: CallService;
  readonly publicUrl: string;
}

/** CAMARA Click to Dial. */
export const clickToDial = surface<ClickToDialDeps>(
  'click-to-dial',
  async (app, { accessTokens, calls, publicUrl }) => {
    await app.register(camaraConventions, { accessTokens });
    await app.register(clickToDialCallRoutes, { calls, publicUrl, prefix: BASE_PATH });
  },
);
