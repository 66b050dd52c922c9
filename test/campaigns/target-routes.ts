import type { TestApp } from '../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../harness/people.ts';
import { addAdministrator } from '../web/admin-api/administrator.ts';

/** A route that reads bodies, with valid credentials. */
export interface TargetRoute {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly authorization: string;
}

const FORM_TYPE = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** One of each kind. */
export async function findTargetRoutes(app: TestApp): Promise<readonly TargetRoute[]> {
  const client = await addClassicClient(app);
  const administrator = await addAdministrator(app);
  await addUser(app, 'anna', { limit: 100, numbers: ['+447700900000'] });
  const token = await classicToken(app, client, 'anna');
  const basic = Buffer.from(`${client.id}:wrong`).toString('base64');
  return [
    { name: 'classic', path: '/rest/call', type: FORM_TYPE, authorization: `Bearer ${token}` },
    { name: 'API', path: '/api/v1/calls', type: JSON_TYPE, authorization: `Bearer ${token}` },
    {
      name: 'CAMARA',
      path: '/click-to-dial/v0.2/calls',
      type: JSON_TYPE,
      authorization: `Bearer ${token}`,
    },
    { name: 'admin', path: '/admin/users', type: JSON_TYPE, authorization: `Bearer ${administrator.token}` },
    { name: 'token endpoint', path: '/oauth/token', type: FORM_TYPE, authorization: `Basic ${basic}` },
    { name: 'registration', path: '/oauth/register', type: JSON_TYPE, authorization: 'Bearer nobody' },
    { name: 'sign-in page', path: '/sign-in', type: FORM_TYPE, authorization: '' },
    { name: 'console', path: '/console/sign-in', type: FORM_TYPE, authorization: '' },
  ];
}

/** Header lines; extra headers replace those of the same name. */
export function headOf(
  route: TargetRoute,
  method: string,
  further: Readonly<Record<string, string>> = {},
): string {
  const headers = {
    Host: 'localhost',
    ...(route.authorization && { Authorization: route.authorization }),
    'Content-Type': route.type,
    ...further,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${route.path} HTTP/1.1\r\n${lines.join('')}`;
}
