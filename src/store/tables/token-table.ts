import { FacegateError } from '../../domain/errors.ts';
import type { Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { idKey } from '../records/key.ts';
import { createSealing } from '../records/sealed-record.ts';
import type { Journal } from './journal.ts';

/** What a token may do: `reader` matches and reads, `operator` also enrolls and deletes, `admin` everything. */
export type TokenRole = 'admin' | 'operator' | 'reader';

/** An API token as the store knows it; the token itself is never here. Times are milliseconds since the epoch. */
export interface TokenRecord {
  /** Lower-case hex SHA-256 of the token. */
  readonly hash: string;
  readonly customerId: string;
  readonly role: TokenRole;
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
}

/** The table of tokens. */
export interface TokenTable {
  /** Durable when resolved. Throws `invalid_request` where the hash is malformed or there already. */
  add(record: TokenRecord): Promise<void>;
  /** Sees what any process has committed, also one that runs beside this. */
  find(hash: string): TokenRecord | undefined;
  list(): TokenRecord[];
  /** Revokes the one token whose hash begins so (8 digits at least); a token revoked before keeps its first time. Throws `not_found` or, where several begin so, `invalid_request`. */
  revoke(hashPrefix: string, at?: number): Promise<TokenRecord>;
}

const HASH = /^[0-9a-f]{64}$/;
const PREFIX = /^[0-9a-f]{8,64}$/;

const TABLE = 'tokens';
const SHOWN_DIGITS = 12;
/** Tokens are made and revoked on the command line only. */
const BY = 'cli';

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

  const note = (act: 'token.create' | 'token.revoke', at: number, { hash, customerId, role }: TokenRecord) =>
    journal.note({ at, act, by: BY, customerId, details: { token: hash.slice(0, SHOWN_DIGITS), role } });

  const beginningWith = (prefix: string): TokenRecord => {
    if (!PREFIX.test(prefix))
      throw new FacegateError('invalid_request', 'Give the first 8 or more hex digits of the token hash.');
    const range = { start: idKey(prefix), end: idKey(`${prefix}g`), limit: 2 };
    const [found, another] = [...tokens.entries(range)];
    if (!found) throw new FacegateError('not_found', `No token hash begins with ${prefix}.`);
    if (another)
      throw new FacegateError(
        'invalid_request',
        `Several token hashes begin with ${prefix}; give more digits.`,
      );
    return tokenOf(found.key, found.value);
  };

  return {
    add: record =>
      environment.write(
        () => {
          if (!HASH.test(record.hash) || tokens.has(idKey(record.hash)))
            throw new FacegateError('invalid_request', 'The token hash is malformed or already there.');
          put(record);
          note('token.create', record.createdAt, record);
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
    revoke: (hashPrefix, at = Date.now()) =>
      environment.write(() => {
        const record = beginningWith(hashPrefix);
        if (record.revokedAt !== undefined) return record;
        const revoked = { ...record, revokedAt: at };
        put(revoked);
        note('token.revoke', at, revoked);
        return revoked;
      }),
  };
}
