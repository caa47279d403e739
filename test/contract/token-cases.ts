import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../src/domain/token.ts';
import type { Store } from '../../src/store/store.ts';

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

    it('are forgotten a while after they have ended, and not before', async () => {
      const { expiresAt: _, ...endless } = tokenOf('endless');
      const [expired, revoked] = [tokenOf('expired'), { ...endless, hash: hashOf('revoked') }];
      for (const token of [endless, expired, revoked]) await store.tokens.add(token);
      await store.tokens.revoke(revoked.hash, { at: 500 });
      expect(await store.tokens.prune(500)).toBe(0);
      expect(await store.tokens.prune(501)).toBe(1);
      expect(store.tokens.find(revoked.hash)).toBeUndefined();
      expect(await store.tokens.prune(1000)).toBe(0);
      expect(await store.tokens.prune(1001)).toBe(1);
      expect(store.tokens.list()).toEqual([endless]);
    });

    it('stay revoked since the first time', async () => {
      const token = tokenOf('door');
      await store.tokens.add(token);
      expect(await store.tokens.revoke(token.hash.slice(0, 8), { at: 5 })).toEqual({
        ...token,
        revokedAt: 5,
      });
      expect(await store.tokens.revoke(token.hash, { at: 9 })).toEqual({ ...token, revokedAt: 5 });
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

    it('are revoked only of the customer that is named', async () => {
      const token = tokenOf('door');
      await store.tokens.add(token);
      const act = { by: 'token:abc', customerId: 'other' };
      await expect(store.tokens.revoke(token.hash, act)).rejects.toMatchObject({ code: 'not_found' });
      await expect(
        store.tokens.rotate(token.hash, { hash: hashOf('next'), overlapMs: 1 }, act),
      ).rejects.toMatchObject({ code: 'not_found' });
      expect(store.tokens.list()).toEqual([token]);
    });

    it('are rotated: the new one lives as long as the old one was meant to, the old one for the overlap', async () => {
      const token = tokenOf('door');
      await store.tokens.add(token);
      const next = hashOf('next');
      const rotated = await store.tokens.rotate(
        token.hash.slice(0, 8),
        { hash: next, overlapMs: 50 },
        { at: 100 },
      );
      expect(rotated.old).toEqual({ ...token, replacedBy: next, expiresAt: 150 });
      expect(rotated.made).toEqual({ ...token, hash: next, createdAt: 100, expiresAt: 1099 });
      expect(store.tokens.find(token.hash)).toEqual(rotated.old);
      expect(store.tokens.find(next)).toEqual(rotated.made);
    });

    it('do not live longer through a rotation than they would have', async () => {
      const token = tokenOf('door');
      await store.tokens.add(token);
      const next = { hash: hashOf('next'), overlapMs: 5000 };
      expect((await store.tokens.rotate(token.hash, next, { at: 100 })).old.expiresAt).toBe(1000);
    });

    it('that never end are replaced by one that never ends', async () => {
      const { expiresAt: _, ...token } = tokenOf('door');
      await store.tokens.add(token);
      const { old, made } = await store.tokens.rotate(
        token.hash,
        { hash: hashOf('next'), overlapMs: 0 },
        { at: 100 },
      );
      expect([old.expiresAt, made.expiresAt]).toEqual([100, undefined]);
    });

    it('are not rotated twice, nor once they have ended, nor onto a token that is there', async () => {
      const [live, revoked, other] = [tokenOf('live'), tokenOf('revoked'), tokenOf('other')];
      for (const token of [live, revoked, other]) await store.tokens.add(token);
      await store.tokens.revoke(revoked.hash, { at: 5 });
      await store.tokens.rotate(live.hash, { hash: hashOf('next'), overlapMs: 50 }, { at: 100 });
      const before = store.tokens.list();
      const [overlapMs, hash] = [50, hashOf('third')];
      for (const [token, next, at] of [
        [live, { hash, overlapMs }, 110],
        [revoked, { hash, overlapMs }, 110],
        [other, { hash, overlapMs }, 1000],
        [other, { hash: live.hash, overlapMs }, 110],
      ] as const)
        await expect(store.tokens.rotate(token.hash, next, { at })).rejects.toMatchObject({
          code: 'invalid_request',
        });
      expect(store.tokens.list()).toEqual(before);
    });

    it('know the hour in which they were last used, unless they are revoked', async () => {
      const HOUR = 3_600_000;
      const token = tokenOf('door');
      await store.tokens.add(token);
      await store.tokens.use(token.hash, 5 * HOUR + 123);
      expect(store.tokens.find(token.hash)).toEqual({ ...token, lastUsedAt: 5 * HOUR });
      await store.tokens.use(token.hash, 6 * HOUR);
      await store.tokens.revoke(token.hash, { at: 9 });
      await store.tokens.use(token.hash, 7 * HOUR);
      await store.tokens.use(hashOf('nobody'), 7 * HOUR);
      expect(store.tokens.list()).toEqual([{ ...token, lastUsedAt: 6 * HOUR, revokedAt: 9 }]);
    });
  });
}
