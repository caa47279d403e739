import { describe, expect, it } from 'vitest';
import { RIGHTS } from '../../src/api/rights.ts';
import type { Role } from '../../src/domain/token.ts';
import { call, createRestApp, TOKENS } from '../support/rest-clients/rest-app.ts';

const ORDER = ['anyone', 'reader', 'operator', 'admin'];
const rows = Object.entries(RIGHTS);

describe('the rights table', () => {
  it('has a row for every route of the app and no other', async () => {
    const { routes: all } = await createRestApp();
    const routes = all
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`);
    expect(routes.sort()).toEqual(Object.keys(RIGHTS).sort());
  });

  it.each(rows)('lets into %s only %s and above', async (route, needed) => {
    const [method, path] = route.replace(':id', 'someone').split(' ') as [string, string];
    for (const role of ['reader', 'operator', 'admin'] as Role[]) {
      const headers = { authorization: `Token ${TOKENS[role]}` };
      // What has no end of its own ends at once.
      const closing = AbortSignal.abort();
      const { status, json } = await call(await createRestApp(), method, path, { headers, closing });
      const allowed = ORDER.indexOf(role) >= ORDER.indexOf(needed);
      expect({ role, forbidden: status === 403 }).toEqual({ role, forbidden: !allowed });
      if (!allowed) expect(json).toMatchObject({ status: 'fail', code: 'forbidden' });
      expect(status).not.toBe(401);
    }
    const { status } = await call(await createRestApp(), method, path, { headers: { authorization: '' } });
    expect(status === 401).toBe(needed !== 'anyone');
  });

  it('refuses a route without a row', async () => {
    const app = await createRestApp();
    app.get('/secret', c => c.json({ secret: true }));
    expect(await call(app, 'GET', '/secret')).toMatchObject({ status: 500, json: { code: 'internal' } });
  });
});
