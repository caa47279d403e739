import { ROLES, type Role } from '../domain/token.ts';

/** Least role each route asks for; `anyone` needs no token. A route without a row is refused at run time and by a test. */
export const RIGHTS = {
  'POST /miicloud/person': 'operator',
  'PUT /miicloud/person': 'operator',
  'GET /miicloud/person': 'reader',
  'PUT /miicloud/person/:id': 'operator',
  'PATCH /miicloud/person/:id': 'operator',
  'GET /miicloud/person/:id': 'reader',
  'DELETE /miicloud/person/:id': 'admin',
  'POST /miicloud/match_faces': 'reader',
  'GET /api/v1/cameras': 'reader',
  'GET /api/v1/cameras/:id/snapshot.jpg': 'operator',
  'GET /api/v1/cameras/:id/live.mjpg': 'operator',
  'GET /api/v1/cameras/:id/faces': 'operator',
  'GET /api/v1/events': 'operator',
  'GET /api/v1/events/stream': 'operator',
  'GET /api/v1/events/:id/snapshot.jpg': 'operator',
  'POST /api/v1/doors/:id/test': 'operator',
  'GET /api/v1/webhooks/undelivered': 'operator',
  'DELETE /api/v1/webhooks/undelivered': 'admin',
  'DELETE /api/v1/webhooks/undelivered/:seq': 'admin',
  'POST /api/v1/clock/confirm': 'admin',
  'GET /api/v1/status': 'reader',
  'GET /api/v1/gallery/audit': 'operator',
  'POST /api/v1/gallery/migrate': 'admin',
  'GET /api/v1/gallery/migrate': 'operator',
  'GET /api/v1/audit': 'admin',
  'GET /api/v1/audit/verify': 'admin',
  'GET /api/v1/erasures/verify': 'operator',
  'POST /api/v1/key/rotate': 'admin',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'POST /api/v1/tokens/:id/rotate': 'admin',
  'DELETE /api/v1/tokens/:id': 'admin',
  'GET /api/v1/gallery/export': 'admin',
  'POST /api/v1/gallery/export': 'admin',
  'POST /api/v1/backup': 'admin',
  'GET /api/v1/backup': 'admin',
  'GET /api/v1/openapi.json': 'anyone',
  'GET /api/v1/docs': 'anyone',
  'GET /metrics': 'reader',
  'GET /health/live': 'anyone',
  'GET /health/ready': 'anyone',
} as const satisfies Record<string, Role | 'anyone'>;

/** A row of the rights table: method and path pattern. */
export type Route = keyof typeof RIGHTS;

/** Whether `name` (method and path pattern) has a row in the rights table. */
export function isRoute(name: string): name is Route {
  return Object.hasOwn(RIGHTS, name);
}

/** Whether a token of this role may call a route that asks for `needed`. */
export function mayCall(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The methods a path answers to, as the `Allow` header lists them; empty for a path that does not exist. */
export function allowedMethods(path: string): string[] {
  const methods = Object.keys(RIGHTS)
    .map(route => route.split(' ') as [string, string])
    .filter(([, pattern]) => patternOf(pattern).test(path))
    .map(([method]) => method);
  if (methods.length === 0) return [];
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}
