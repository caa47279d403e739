import { FacegateError } from '../../src/domain/errors.ts';
import type { TokenRecord, TokenTable } from '../../src/store/tables/token-table.ts';

/** The tokens of the memory store. */
export function createMemoryTokens(): TokenTable {
  const tokens = new Map<string, TokenRecord>();
  return {
    add: async record => {
      if (!/^[0-9a-f]{64}$/.test(record.hash) || tokens.has(record.hash))
        throw new FacegateError('invalid_request', 'The token hash is malformed or already there.');
      tokens.set(record.hash, record);
    },
    find: hash => tokens.get(hash),
    list: () => [...tokens.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1)),
    revoke: async (hashPrefix, at = Date.now()) => {
      const found = [...tokens.values()].filter(token => token.hash.startsWith(hashPrefix));
      if (hashPrefix.length < 8 || found.length > 1)
        throw new FacegateError('invalid_request', 'Give more digits of the token hash.');
      if (!found[0]) throw new FacegateError('not_found', `No token hash begins with ${hashPrefix}.`);
      const revoked = { ...found[0], revokedAt: found[0].revokedAt ?? at };
      tokens.set(revoked.hash, revoked);
      return revoked;
    },
  };
}
