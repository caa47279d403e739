import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tokenHash, tokenId } from '../../src/platform/token-secret.ts';
import { runCommand } from '../support/command-line.ts';

const DAY = 86_400_000;
const SECRET = /^[0-9a-f]{40}\n$/;

describe('facegate token', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'facegate-token-'));
    writeFileSync(join(folder, 'facegate.yaml'), `stateDir: ${join(folder, 'state')}\n`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const token = (args: readonly string[], input = '') =>
    runCommand(['--config', join(folder, 'facegate.yaml'), 'token', ...args], { input });
  const create = (...args: string[]) => token(['create', '--customer', 'acme', '--role', 'reader', ...args]);
  const list = async (...args: string[]) =>
    (await token(['list', '--json', ...args])).stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, string>);

  it('shows a new token once, also as JSON, and lists it without', async () => {
    const { stdout } = await create('--name', 'kiosk', '--days', '30', '--json');
    const made = JSON.parse(stdout);
    expect(made.token).toMatch(/^[0-9a-f]{40}$/);
    const [listed] = await list();
    expect({ token: made.token, ...listed }).toEqual(made);
    expect(listed).toMatchObject({ customer: 'acme', role: 'reader', name: 'kiosk', state: 'valid' });
    expect(Date.parse(listed.expires_at) - Date.parse(listed.created_at)).toBe(30 * DAY);
    for (const text of [(await token(['list'])).stdout, JSON.stringify(listed)]) {
      expect(text).toContain(tokenId(tokenHash(made.token)));
      expect(text).not.toContain(made.token);
      expect(text).not.toContain(tokenHash(made.token));
    }
  });

  it('rotates: prints the new token, and says when the old one ends', async () => {
    const old = (await create('--name', 'kiosk')).stdout.trim();
    const before = Date.now();
    const { code, stdout, stderr } = await token(['rotate', tokenId(tokenHash(old)), '--overlap', '48']);
    expect(code).toBe(0);
    expect(stdout).toMatch(SECRET);
    const [was, is] = [old, stdout.trim()].map(secret => tokenId(tokenHash(secret)));
    const tokens = new Map((await list()).map(row => [row.id, row]));
    expect(tokens.get(is!)).toMatchObject({ name: 'kiosk', role: 'reader', state: 'valid' });
    const { expires_at: ends, replaced_by: by } = tokens.get(was!)!;
    expect(by).toBe(is);
    expect(stderr).toContain(`ends at ${ends}`);
    const hours = (Date.parse(ends!) - before) / 3_600_000;
    expect(hours).toBeGreaterThanOrEqual(48);
    expect(hours).toBeLessThan(49);
    expect(await token(['rotate', was!])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('rotated before'),
    });
  });

  it('rotates onto a token that clients already have, which it does not show', async () => {
    const old = (await create()).stdout.trim();
    const given = 'AB'.repeat(20);
    const { stdout } = await token(['rotate', tokenId(tokenHash(old)), '--stdin'], `${given}\n`);
    expect(stdout).toBe('The token is registered.\n');
    expect((await list()).map(({ id }) => id)).toContain(tokenId(tokenHash(given.toLowerCase())));
  });

  it('revokes, and says what it has revoked', async () => {
    const id = tokenId(tokenHash((await create()).stdout.trim()));
    expect(JSON.parse((await token(['revoke', id, '--json'])).stdout)).toMatchObject({
      id,
      state: 'revoked',
    });
    expect(await token(['rotate', id])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has ended'),
    });
  });

  it('lists the tokens of one customer', async () => {
    await create();
    await token(['create', '--customer', 'other', '--role', 'admin']);
    expect((await list()).map(({ customer }) => customer).sort()).toEqual(['acme', 'other']);
    expect((await list('--customer', 'other')).map(({ customer }) => customer)).toEqual(['other']);
  });

  it.each(['-1', '721', 'x', ''])('refuses an overlap of "%s" hours', async hours => {
    expect(await token(['rotate', 'abababab', '--overlap', hours])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('0 to 720'),
    });
  });
});
