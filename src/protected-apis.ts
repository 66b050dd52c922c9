import {
  SCOPE_ADMIN,
  SCOPE_CALL,
  SCOPE_CREATE,
  SCOPE_DELETE,
  SCOPE_READ,
  SCOPE_RECORDINGS,
  SCOPE_WEBHOOKS,
} from './core/tokens/access-token.ts';
import { API_PATH } from './web/api/base-path.ts';
import { BASE_PATH } from './web/click-to-dial/base-path.ts';
import type { ProtectedApi } from './web/entry/protected-api.ts';

const CALL_SCOPES = [SCOPE_CALL, SCOPE_CREATE, SCOPE_READ, SCOPE_DELETE, SCOPE_RECORDINGS];

/** The APIs of this server. An application can restrict a token to one of them. */
export const PROTECTED_APIS: readonly ProtectedApi[] = [
  {
    path: API_PATH,
    name: 'ClickToCall API',
    scopes: [...CALL_SCOPES, SCOPE_WEBHOOKS],
    bearerMethods: ['header'],
  },
  { path: BASE_PATH, name: 'CAMARA Click to Dial', scopes: CALL_SCOPES, bearerMethods: ['header'] },
  { path: '/rest', name: 'Classic API', scopes: [SCOPE_CALL], bearerMethods: ['header', 'query'] },
  { path: '/admin', name: 'Admin API', scopes: [SCOPE_ADMIN], bearerMethods: ['header'] },
];
