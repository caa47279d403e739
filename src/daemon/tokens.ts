import type { ApiTokens } from '../api/tokens.ts';
import type { Logger } from '../platform/logger.ts';
import { newTokenSecret, tokenHash, tokenId } from '../platform/token-secret.ts';
import type { TokenTable } from '../store/tables/token-table.ts';

const HOUR_MS = 3_600_000;

/** The tokens as the REST API needs them; secrets are made here, and only their hashes reach the store. */
export function openTokens({ tokens, log }: { tokens: TokenTable; log: Logger }): ApiTokens {
  const tried = new Map<string, number>();

  /** One write an hour and token, also where it fails: nobody waits for it, and a full disk must not refuse who only wants to read. */
  const used: ApiTokens['used'] = ({ hash, lastUsedAt = -Infinity }, at) => {
    const hour = Math.floor(at / HOUR_MS);
    if (hour === Math.floor(lastUsedAt / HOUR_MS) || hour === tried.get(hash)) return;
    tried.set(hash, hour);
    tokens
      .use(hash, at)
      .catch((err: unknown) =>
        log.warn({ err, token: tokenId(hash) }, 'When a token was used could not be noted.'),
      );
  };

  return {
    find: tokens.find,
    used,
    list: customerId => tokens.list().filter(token => token.customerId === customerId),
    create: async ({ by, at, days, ...token }) => {
      const secret = newTokenSecret();
      const expires = days === undefined ? {} : { expiresAt: at + days * 24 * HOUR_MS };
      const record = { ...token, ...expires, hash: tokenHash(secret), createdAt: at };
      await tokens.add(record, { by });
      return { secret, record };
    },
    rotate: async (id, { overlapHours, ...act }) => {
      const secret = newTokenSecret();
      const next = { hash: tokenHash(secret), overlapMs: overlapHours * HOUR_MS };
      const { old, made } = await tokens.rotate(id, next, act);
      return { secret, record: made, old };
    },
    revoke: tokens.revoke,
  };
}
