import type { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiEnv } from '../../src/api/environment.ts';
import { openTokens } from '../../src/daemon/tokens.ts';
import { createLogger, silentLogger } from '../../src/platform/logger.ts';
import { tokenHash, tokenId } from '../../src/platform/token-secret.ts';
import { createMemoryTokens } from '../support/memory-tokens.ts';
import { addTokens, call, createRestApp, NOW, TOKENS } from '../support/rest-clients/rest-app.ts';

const HOUR = 3_600_000;
const READER = tokenId(tokenHash(TOKENS.reader));
const json = (value: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

describe('the tokens over REST', () => {
  let app: Hono<ApiEnv>;
  let now: number;
  beforeEach(async () => {
    now = NOW;
    app = await createRestApp({ now: () => now });
    // The admin's own would end with the first hour.
    const { json: made } = await call(app, 'POST', '/api/v1/tokens', json({ role: 'admin', name: 'boss' }));
    boss = made.token;
  });
  let boss = '';

  const as = (secret: string) => ({ authorization: `Token ${secret}` });
  const status = async (secret: string) =>
    (await call(app, 'GET', '/api/v1/status', { headers: as(secret) })).status;
  const admin = (method: string, path: string, body?: unknown) => {
    const { headers = {}, ...rest } = body === undefined ? {} : json(body);
    return call(app, method, `/api/v1/tokens${path}`, { headers: { ...headers, ...as(boss) }, ...rest });
  };
  const listed = async () => (await admin('GET', '')).json.tokens as Record<string, string>[];

  it('are created with a role, a name and an end, and shown once', async () => {
    const { status: code, json: made } = await admin('POST', '', { role: 'reader', name: 'kiosk', days: 2 });
    expect(code).toBe(201);
    expect(made).toEqual({
      status: 'success',
      token: expect.stringMatching(/^[0-9a-f]{40}$/),
      id: tokenId(tokenHash(made.token)),
      role: 'reader',
      name: 'kiosk',
      state: 'valid',
      created_at: new Date(NOW).toISOString(),
      expires_at: new Date(NOW + 48 * HOUR).toISOString(),
    });
    expect(await status(made.token)).toBe(200);
    const all = JSON.stringify(await listed());
    expect(all).toContain(made.id);
    for (const secret of [made.token, tokenHash(made.token), boss]) expect(all).not.toContain(secret);
    now += 48 * HOUR;
    expect(await status(made.token)).toBe(401);
  });

  it('are listed with their state, only those of the own customer', async () => {
    const states = (await listed()).map(({ role, state }) => `${role} ${state}`).sort();
    expect(states).toEqual([
      'admin expired',
      'admin revoked',
      'admin valid',
      'admin valid',
      'operator valid',
      'reader valid',
    ]);
    const others = await call(app, 'GET', '/api/v1/tokens', { headers: as(TOKENS.other) });
    expect(others.json.tokens).toMatchObject([{ id: tokenId(tokenHash(TOKENS.other)) }]);
  });

  it('end at once when they are revoked', async () => {
    expect(await status(TOKENS.reader)).toBe(200);
    const { json: revoked } = await admin('DELETE', `/${READER}`);
    expect(revoked).toMatchObject({ status: 'success', id: READER, state: 'revoked' });
    expect(await status(TOKENS.reader)).toBe(401);
    expect((await admin('DELETE', `/${READER}`)).json.revoked_at).toBe(revoked.revoked_at);
  });

  it('are rotated: both work for the overlap, then the new one only', async () => {
    const { status: code, json: made } = await admin('POST', `/${READER}/rotate`, { overlap_hours: 2 });
    expect(code).toBe(201);
    expect(made).toMatchObject({
      role: 'reader',
      replaces: { id: READER, replaced_by: made.id, expires_at: new Date(NOW + 2 * HOUR).toISOString() },
    });
    expect(made.expires_at).toBeUndefined();
    now += 2 * HOUR - 1;
    expect([await status(TOKENS.reader), await status(made.token)]).toEqual([200, 200]);
    now += 1;
    expect([await status(TOKENS.reader), await status(made.token)]).toEqual([401, 200]);
  });

  it('overlap for a day where nothing is said, and not at all with 0', async () => {
    const { json: day } = await admin('POST', `/${READER}/rotate`);
    expect(day.replaces.expires_at).toBe(new Date(NOW + 24 * HOUR).toISOString());
    await admin('POST', `/${day.id}/rotate`, { overlap_hours: 0 });
    expect(await status(day.token)).toBe(401);
  });

  it('of another customer are not there', async () => {
    const other = tokenId(tokenHash(TOKENS.other));
    expect(await admin('DELETE', `/${other}`)).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(await admin('POST', `/${other}/rotate`, {})).toMatchObject({ status: 404 });
    expect(await status(TOKENS.other)).toBe(200);
  });

  it.each([
    ['', {}, 'role must be reader, operator or admin.'],
    ['', { role: 'king' }, 'role must be reader, operator or admin.'],
    ['', { role: 'reader', expires: 1 }, 'may have the fields role, name and days only.'],
    ['', { role: 'reader', days: 0 }, 'days must be 1 or more.'],
    ['', { role: 'reader', days: 1.5 }, 'days must be a whole number of days.'],
    ['', { role: 'reader', name: 'a\u001b[2J' }, 'name must not hold control characters.'],
    ['', { role: 'reader', name: 'x'.repeat(65) }, 'name must be at most 64 characters long.'],
    [`/${READER}/rotate`, { overlap_hours: -1 }, 'overlap_hours must be 0 or more.'],
    [`/${READER}/rotate`, { overlap: 1 }, 'may have the fields overlap_hours only.'],
    ['/nothing/rotate', {}, 'must be the id that the list of tokens shows'],
    [`/${tokenId(tokenHash(TOKENS.revoked))}/rotate`, {}, 'This token has ended'],
  ])('refuse POST %s %j', async (path, body, message) => {
    const before = await listed();
    const { status: code, json: refused } = await admin('POST', path, body);
    expect(code).toBe(400);
    expect(refused.message).toContain(message);
    expect(await listed()).toEqual(before);
  });
});

describe('when a token was last used', () => {
  it('is noted once an hour, and again when the clock was set back', async () => {
    const table = createMemoryTokens();
    await addTokens(table);
    const uses: number[] = [];
    const use: typeof table.use = (hash, at) => {
      uses.push((at - NOW) / HOUR);
      return table.use(hash, at);
    };
    const tokens = openTokens({ tokens: { ...table, use }, log: silentLogger });
    const hash = tokenHash(TOKENS.reader);
    const hour = NOW - (NOW % HOUR);
    for (const at of [0, 0, 0.1, 1, 1.5, 100, 0.5]) {
      tokens.used(tokens.find(hash)!, hour + at * HOUR);
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(uses.map(at => Math.round(((at * HOUR + NOW - hour) / HOUR) * 10) / 10)).toEqual([0, 1, 100, 0.5]);
    expect(tokens.find(hash)?.lastUsedAt).toBe(hour);
  });

  it('that cannot be noted keeps nobody out, and is logged without the token', async () => {
    const table = createMemoryTokens();
    await addTokens(table);
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', write: line => void lines.push(line) });
    const use = () => Promise.reject(new Error('The disk is full.'));
    const app = await createRestApp({ tokens: openTokens({ tokens: { ...table, use }, log }) });
    for (let i = 0; i < 3; i++) {
      expect((await call(app, 'GET', '/api/v1/status')).status).toBe(200);
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(lines.filter(line => line.includes('could not be noted'))).toHaveLength(1);
    expect(lines.join('')).not.toContain(TOKENS.admin);
    expect(lines.join('')).not.toContain(tokenHash(TOKENS.admin));
  });
});
