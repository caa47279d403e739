import { FacegateError } from '../../domain/errors.ts';
import { type TokenRecord, tokenState } from '../../domain/token.ts';
import { tokenId } from '../../platform/token-secret.ts';
import type { Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { idKey } from '../records/key.ts';
import { createSealing } from '../records/sealed-record.ts';
import type { Journal } from './journal.ts';

/** Who changes a token, when (now unless told), and of which customer it must be where not any will do. */
export interface TokenAct {
  readonly by?: string;
  readonly at?: number;
  readonly customerId?: string;
}

/** A token and the one that takes its place. */
export interface RotatedToken {
  readonly old: TokenRecord;
  readonly made: TokenRecord;
}

/** The table of tokens; whatever changes one is durable when it resolves, and stands in the audit log but for `use`. */
export interface TokenTable {
  /** Throws `invalid_request` where the hash is malformed or there already. */
  add(record: TokenRecord, act?: Pick<TokenAct, 'by'>): Promise<void>;
  /** Sees what any process has committed, also one that runs beside this. */
  find(hash: string): TokenRecord | undefined;
  list(): TokenRecord[];
  /** Revokes the one token whose hash begins so (8 digits at least); a token revoked before keeps its first time. Throws `not_found` or, where several begin so, `invalid_request`. */
  revoke(hashPrefix: string, act?: TokenAct): Promise<TokenRecord>;
  /**
   * Adds a token of the same customer, role and name under `hash`, which lives as long as the old one was meant to, from now; the old one ends
   * after `overlapMs`, if not before. Throws as `revoke` does, and `invalid_request` for one that has ended or was rotated before.
   */
  rotate(
    hashPrefix: string,
    next: { readonly hash: string; readonly overlapMs: number },
    act?: TokenAct,
  ): Promise<RotatedToken>;
  /** Forgets the tokens that were revoked or have expired before this moment; how many. The audit log still tells of them. */
  prune(before: number): Promise<number>;
  /** Notes the hour in which a token was used, once; of one that is revoked or gone nothing is noted. */
  use(hash: string, at: number): Promise<void>;
}

const HASH = /^[0-9a-f]{64}$/;
const PREFIX = /^[0-9a-f]{8,64}$/;

const TABLE = 'tokens';
const HOUR_MS = 3_600_000;
/** Who changes tokens unless told otherwise. */
const CLI = 'cli';

/** Table `tokens`: hash -> sealed record. */
export function openTokenTable(environment: Environment, secrets: Secrets, journal: Journal): TokenTable {
  const tokens = environment.table(TABLE);
  const sealing = createSealing(TABLE);

  const put = (record: TokenRecord): void => {
    const key = idKey(record.hash);
    tokens.put(key, sealing.sealJson(key, secrets.recordKey, record));
  };

  const tokenOf = (key: Buffer, record: Buffer): TokenRecord =>
    sealing.openJson(key, secrets.recordKey, record);

  const note = (
    act: 'token.create' | 'token.rotate' | 'token.revoke',
    { at, by }: { at: number; by: string },
    { hash, customerId, role, replacedBy }: TokenRecord,
  ) =>
    journal.note({
      at,
      act,
      by,
      customerId,
      details: {
        token: tokenId(hash),
        role,
        ...(replacedBy !== undefined && { replaced_by: tokenId(replacedBy) }),
      },
    });

  const beginningWith = (prefix: string, customerId?: string): TokenRecord => {
    if (!PREFIX.test(prefix))
      throw new FacegateError('invalid_request', 'Give the first 8 or more hex digits of the token hash.');
    const [found, another] = [...tokens.entries({ start: idKey(prefix), end: idKey(`${prefix}g`) })]
      .map(({ key, value }) => tokenOf(key, value))
      .filter(record => customerId === undefined || record.customerId === customerId);
    if (!found) throw new FacegateError('not_found', `No token hash begins with ${prefix}.`);
    if (another)
      throw new FacegateError(
        'invalid_request',
        `Several token hashes begin with ${prefix}; give more digits.`,
      );
    return found;
  };

  const addNew = (record: TokenRecord): void => {
    if (!HASH.test(record.hash) || tokens.has(idKey(record.hash)))
      throw new FacegateError('invalid_request', 'The token hash is malformed or already there.');
    put(record);
  };

  return {
    add: (record, { by = CLI } = {}) =>
      environment.write(
        () => {
          addNew(record);
          note('token.create', { at: record.createdAt, by }, record);
        },
        { needsRoom: true },
      ),
    find: hash => {
      if (!HASH.test(hash)) return undefined;
      environment.refresh();
      const key = idKey(hash);
      const record = tokens.get(key);
      return record && tokenOf(key, record);
    },
    list: () => {
      environment.refresh();
      return [...tokens.entries()].map(({ key, value }) => tokenOf(key, value));
    },
    revoke: (hashPrefix, { by = CLI, at = Date.now(), customerId } = {}) =>
      environment.write(() => {
        const record = beginningWith(hashPrefix, customerId);
        if (record.revokedAt !== undefined) return record;
        const revoked = { ...record, revokedAt: at };
        put(revoked);
        note('token.revoke', { at, by }, revoked);
        return revoked;
      }),
    rotate: (hashPrefix, { hash, overlapMs }, { by = CLI, at = Date.now(), customerId } = {}) =>
      environment.write(
        () => {
          const rotated = rotatedAt(at, beginningWith(hashPrefix, customerId), { hash, overlapMs });
          addNew(rotated.made);
          put(rotated.old);
          note('token.rotate', { at, by }, rotated.old);
          return rotated;
        },
        { needsRoom: true },
      ),
    prune: before =>
      environment.write(() => {
        const ended = [...tokens.entries()].filter(({ key, value }) => {
          const { revokedAt, expiresAt } = tokenOf(key, value);
          return Math.min(revokedAt ?? Infinity, expiresAt ?? Infinity) < before;
        });
        for (const { key } of ended) tokens.remove(key);
        return ended.length;
      }),
    use: async (hash, at) => {
      const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
      await environment.write(
        () => {
          const key = idKey(hash);
          const value = tokens.get(key);
          const record = value && tokenOf(key, value);
          // Read and written in one transaction: a token that was revoked meanwhile stays revoked.
          if (!record || record.revokedAt !== undefined || record.lastUsedAt === hour) return;
          put({ ...record, lastUsedAt: hour });
        },
        { needsRoom: true },
      );
    },
  };
}

/** What becomes of a token that is rotated at `at`. Throws `invalid_request` for one that has ended or was rotated before. */
export function rotatedAt(
  at: number,
  old: TokenRecord,
  { hash, overlapMs }: { hash: string; overlapMs: number },
): RotatedToken {
  const { customerId, role, name, createdAt, expiresAt } = old;
  if (old.replacedBy !== undefined)
    throw new FacegateError(
      'invalid_request',
      'This token was rotated before; rotate the one that replaced it.',
    );
  if (tokenState(old, at) !== 'valid')
    throw new FacegateError('invalid_request', 'This token has ended; create a new one.');
  const lifetime = expiresAt === undefined ? undefined : expiresAt - createdAt;
  return {
    old: { ...old, replacedBy: hash, expiresAt: Math.min(expiresAt ?? Infinity, at + overlapMs) },
    made: {
      hash,
      customerId,
      role,
      name,
      createdAt: at,
      ...(lifetime !== undefined && { expiresAt: at + lifetime }),
    },
  };
}
