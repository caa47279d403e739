import { describe, expect, it } from 'vitest';
import { RIGHTS } from '../../src/api/rights.ts';
import type { Role } from '../../src/domain/token.ts';
import { call, createRestApp, TOKENS } from '../support/rest-clients/rest-app.ts';

const ORDER = ['anyone', 'reader', 'operator', 'admin'];
const rows = Object.entries(RIGHTS);

describe('the rights table', () => {
  it('leaves to admins what erases, opens doors to others or takes data along', () => {
    const grave = /^DELETE |\/(tokens|export|backup|key|clock)\b|\/v1\/audit\b/;
    for (const [route, needed] of rows)
      expect([route, grave.test(route) ? 'admin' : needed]).toEqual([route, needed]);
  });

  it('lets readers only look things up and match', () => {
    const theirs = rows.filter(([, needed]) => needed === 'reader').map(([route]) => route);
    expect(theirs.filter(route => !/^GET |^POST \/miicloud\/match_faces$/.test(route))).toEqual([]);
    expect(theirs.filter(route => /events|snapshot|live|faces$|audit|erasures/.test(route))).toEqual([
      'POST /miicloud/match_faces',
    ]);
  });

  it('asks for no token only where nothing of a customer is told', () => {
    expect(rows.filter(([, needed]) => needed === 'anyone').map(([route]) => route)).toEqual([
      'GET /api/v1/openapi.json',
      'GET /api/v1/docs',
      'GET /health/live',
      'GET /health/ready',
    ]);
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
