import { FacegateError } from '../../src/domain/errors.ts';
import type { TokenRecord } from '../../src/domain/token.ts';
import { rotatedAt, type TokenTable } from '../../src/store/tables/token-table.ts';

const HOUR_MS = 3_600_000;

/** The tokens of the memory store. */
export function createMemoryTokens(): TokenTable {
  const tokens = new Map<string, TokenRecord>();

  const add = async (record: TokenRecord): Promise<void> => {
    if (!/^[0-9a-f]{64}$/.test(record.hash) || tokens.has(record.hash))
      throw new FacegateError('invalid_request', 'The token hash is malformed or already there.');
    tokens.set(record.hash, record);
  };

  const beginningWith = (prefix: string, customerId?: string): TokenRecord => {
    const found = [...tokens.values()].filter(
      token => token.hash.startsWith(prefix) && (customerId ?? token.customerId) === token.customerId,
    );
    if (prefix.length < 8 || found.length > 1)
      throw new FacegateError('invalid_request', 'Give more digits of the token hash.');
    if (!found[0]) throw new FacegateError('not_found', `No token hash begins with ${prefix}.`);
    return found[0];
  };

  return {
    add,
    find: hash => tokens.get(hash),
    list: () => [...tokens.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1)),
    revoke: async (hashPrefix, { at = Date.now(), customerId } = {}) => {
      const found = beginningWith(hashPrefix, customerId);
      const revoked = { ...found, revokedAt: found.revokedAt ?? at };
      tokens.set(revoked.hash, revoked);
      return revoked;
    },
    rotate: async (hashPrefix, next, { at = Date.now(), customerId } = {}) => {
      const rotated = rotatedAt(at, beginningWith(hashPrefix, customerId), next);
      await add(rotated.made);
      tokens.set(rotated.old.hash, rotated.old);
      return rotated;
    },
    prune: async before => {
      const ended = [...tokens.values()].filter(
        ({ revokedAt = Infinity, expiresAt = Infinity }) => revokedAt < before || expiresAt < before,
      );
      for (const { hash } of ended) tokens.delete(hash);
      return ended.length;
    },
    use: async (hash, at) => {
      const record = tokens.get(hash);
      if (!record || record.revokedAt !== undefined) return;
      tokens.set(hash, { ...record, lastUsedAt: at - (at % HOUR_MS) });
    },
  };
}
