import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import type { TokenRecord } from '../../src/store/tables/token-table.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

const tokenOf = (name: string, hash = hashOf(name)): TokenRecord => ({
  hash,
  customerId: 'default',
  role: 'operator',
  name,
  createdAt: 1,
  expiresAt: 1000,
});

/** What any store must do with tokens. */
export function describeTokens(name: string, open: () => Promise<Store>): void {
  describe(`the tokens of ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('are found by their whole hash only', async () => {
      const token = tokenOf('door');
      await store.tokens.add(token);
      expect(store.tokens.find(token.hash)).toEqual(token);
      for (const hash of [
        '',
        token.hash.slice(0, 63),
        `${token.hash}0`,
        token.hash.toUpperCase(),
        hashOf('x'),
      ])
        expect(store.tokens.find(hash)).toBeUndefined();
    });

    it('are added once, under a hash', async () => {
      const token = tokenOf('door');
      await store.tokens.add(token);
      await expect(store.tokens.add({ ...token, role: 'admin' })).rejects.toMatchObject({
        code: 'invalid_request',
      });
      await expect(store.tokens.add(tokenOf('plain', 'secret'))).rejects.toMatchObject({
        code: 'invalid_request',
      });
      expect(store.tokens.list()).toEqual([token]);
    });

    it('stay revoked since the first time', async () => {
      const token = tokenOf('door');
      await store.tokens.add(token);
      expect(await store.tokens.revoke(token.hash.slice(0, 8), 5)).toEqual({ ...token, revokedAt: 5 });
      expect(await store.tokens.revoke(token.hash, 9)).toEqual({ ...token, revokedAt: 5 });
      expect(store.tokens.find(token.hash)?.revokedAt).toBe(5);
    });

    it('are not revoked by a guess', async () => {
      const [first, second] = [tokenOf('a', `${'ab'.repeat(31)}00`), tokenOf('b', `${'ab'.repeat(31)}01`)];
      await store.tokens.add(first);
      await store.tokens.add(second);
      await expect(store.tokens.revoke('abababab')).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(store.tokens.revoke('ababab')).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(store.tokens.revoke('00000000')).rejects.toMatchObject({ code: 'not_found' });
      expect(store.tokens.list()).toEqual([first, second]);
    });
  });
}
