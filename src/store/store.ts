import { FacegateError } from '../domain/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Act } from './audit/audit-chain.ts';
import { type AuditReader, openAuditTable } from './audit/audit-table.ts';
import { createReceipts, type Receipts } from './audit/receipt.ts';
import { type ChangeLog, openChangeLog } from './changes/change-log.ts';
import { backupStore } from './copy/backup.ts';
import { RESERVE_BYTES } from './disk/block-reserve.ts';
import { assertRoom, type DiskSpace, diskSpace } from './disk/disk-space.ts';
import { defaultKeySource, type Keyring, openKeyring } from './keys/keyring.ts';
import type { MasterKeySource } from './keys/master-key.ts';
import type { PersonKeys } from './keys/person-keys.ts';
import { assertComplete, emptied, refusal } from './keys/refusal.ts';
import { type Environment, openEnvironment, type WriteProgress } from './lmdb/environment.ts';
import { type EnrolledReader, type LoadOptions, openEnrolledReader, THREADS_FROM } from './load/enrolled.ts';
import { PERSONS } from './records/person-record.ts';
import { type ClockTable, openClockTable } from './tables/clock-table.ts';
import { openCounterTable } from './tables/counter-table.ts';
import { type HistoryReader, openHistoryTable } from './tables/history-table.ts';
import { type ImageReader, openImageTable } from './tables/image-table.ts';
import { createJournal } from './tables/journal.ts';
import { type OutboxTable, openOutboxTable } from './tables/outbox-table.ts';
import { openPersonTable, type PersonReader, type TemplateReader } from './tables/person-table.ts';
import { openPostTable, type PostBook } from './tables/post-table.ts';
import { assertRows } from './tables/row-check.ts';
import { adoptSchema, SCHEMA_VERSION, schemaOf } from './tables/schema.ts';
import { migrateSchema2 } from './tables/schema-2.ts';
import { openSnapshotTable, type SnapshotTable } from './tables/snapshot-table.ts';
import { openStayTable, type StayReader } from './tables/stay-table.ts';
import { openTokenTable, type TokenTable } from './tables/token-table.ts';
import { openTombstoneTable } from './tables/tombstone-table.ts';
import { openVisitTable, type VisitReader } from './tables/visit-table.ts';

/** Everything the daemon keeps, sealed: read at once, changed durably. */
export interface Store extends ChangeLog, EnrolledReader {
  readonly persons: PersonReader;
  readonly templates: TemplateReader;
  readonly images: ImageReader;
  readonly visits: VisitReader;
  readonly stays: StayReader;
  readonly tokens: TokenTable;
  readonly outbox: OutboxTable;
  readonly posts: PostBook;
  readonly clock: ClockTable;
  readonly history: HistoryReader;
  readonly snapshots: SnapshotTable;
  readonly receipts: Receipts;
  readonly audit: AuditReader & {
    /** Writes acts down in one transaction; a match makes its persons seen. Durable when resolved; throws `storage_full`. */
    record(acts: readonly Act[]): Promise<void>;
    /** Drops entries older than `before`, but never the newest; how many they were. */
    prune(before: number): Promise<number>;
  };
  /** A new master key, while the store is in use. Throws `invalid_request` where the key is a credential, `storage_full`. */
  rotateKey(by: string): Promise<{ keyId: string }>;
  /** How its changes get on; on a full disk nobody is enrolled and nothing decided. */
  progress(): WriteProgress;
  /** A change without meaning, which shows that the disk takes changes: durable when resolved. Throws `storage_full`. */
  probe(): Promise<void>;
  /** Writes a consistent copy without the master key into the folder `dir`, while the store is in use. */
  backup(dir: string): Promise<void>;
  close(): Promise<void>;
}

/** Where nobody has said otherwise. */
const HISTORY_ROWS = 200_000;
const SNAPSHOT_BYTES = 256 * 1024 * 1024;

/** Where a store is and how it is opened. */
export interface StoreOptions {
  readonly dir: string;
  readonly log: Logger;
  /**
   * After it the process must end at once: what is on disk is intact, but lmdb's memory may not be. Let something from outside kill it after a
   * while: its own end waits for lmdb's thread, which may hang.
   */
  readonly onFatal: (error: Error) => void;
  /** The free bytes of the disk of `dir`. */
  readonly space?: (dir: string) => DiskSpace;
  /** Bytes of blocks that the owner keeps for writes on a full disk. */
  readonly reserveBytes?: number;
  /** Where the master key is; `store.key` in `dir` unless told otherwise. */
  readonly key?: MasterKeySource;
  /** `owner`: the only process that changes the gallery. `beside`: tokens and the audit log, while an owner may be running. */
  readonly access?: 'owner' | 'beside';
  /** Most events that are kept after they were sent. */
  readonly historyRows?: number;
  /** Most bytes that the snapshots of events may take. */
  readonly snapshotBytes?: number;
  /** Ids of the doors whose decisions are also noted in `posts`. */
  readonly webhookDoors?: ReadonlySet<string>;
  /** Told how long each change took until it was durable, in milliseconds. */
  readonly onCommit?: (ms: number) => void;
  /** How a large gallery is read at the start. */
  readonly load?: LoadOptions;
}

/**
 * Opens (or makes) the store in the folder `dir`. Throws `StartupError` where it is damaged, cannot be used, was written by another version,
 * or the key is missing or another one.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dir, access = 'owner', key = defaultKeySource(dir), space = diskSpace } = options;
  assertComplete(dir);
  const owner = access === 'owner';
  const reserveBytes = owner ? (options.reserveBytes ?? RESERVE_BYTES) : 0;
  const environment = openEnvironment({ ...options, space, owner, reserveBytes });
  let keyring: Keyring | undefined;
  try {
    const version = schemaOf(environment, dir);
    const isNew = version === 0;
    keyring = openKeyring(dir, key, { isNew });
    environment.refresh();
    if (schemaOf(environment, dir) === 0 && keyring.persons.isInUse()) throw emptied(dir);
    if (owner) assertRows(environment);
    if (owner && !isNew && version < SCHEMA_VERSION)
      await migrateSchema2(environment, keyring.persons, options.log);
    const needRoom = () => assertRoom(space(dir));
    return await openTables({ environment, keyring, needRoom, isNew, options });
  } catch (error) {
    await keyring?.close();
    await environment.close();
    throw refusal(dir, error);
  }
}

async function openTables(parts: {
  environment: Environment;
  keyring: Keyring;
  needRoom: () => void;
  isNew: boolean;
  options: StoreOptions;
}): Promise<Store> {
  const { environment, keyring, needRoom, isNew, options } = parts;
  const { onFatal, access = 'owner', historyRows = HISTORY_ROWS, snapshotBytes = SNAPSHOT_BYTES } = options;
  const { secrets, persons: keys } = keyring;
  const counters = openCounterTable(environment);
  const persons = openPersonTable(environment, secrets, keys);
  const images = openImageTable(environment, secrets, persons);
  const visits = openVisitTable(environment, persons);
  const audit = openAuditTable(environment, secrets);
  const journal = createJournal({ audit, persons, visits });
  const snapshots = openSnapshotTable(environment, secrets, { persons, maxBytes: snapshotBytes });
  const history = openHistoryTable(environment, secrets, {
    counters,
    persons,
    snapshots,
    maxRows: historyRows,
  });
  const stays = openStayTable(environment, persons);
  const posts = openPostTable(environment, secrets, options.webhookDoors ?? new Set());
  const outbox = openOutboxTable(environment, secrets, {
    counters,
    persons,
    history,
    stays,
    posts,
    journal,
  });
  const tombstones = openTombstoneTable(environment, secrets);
  const tables = {
    counters,
    persons,
    images,
    visits,
    stays,
    outbox,
    history,
    tombstones,
    journal,
  };
  const erase = (slot: number) =>
    keys.erase(slot).catch(async (cause: Error) => {
      await environment.halt();
      fail(cause, onFatal);
    });
  const changes = openChangeLog(environment, { ...keys, erase }, tables);
  let isSwept = access === 'beside';
  const sweep: PersonKeys['sweep'] = async used => {
    if (!isSwept) await keys.sweep(used);
    isSwept = true;
  };
  const apply: Store['apply'] = change =>
    isSwept ? changes.apply(change) : sweep(persons.usedSlots).then(() => changes.apply(change));
  const loading = { threadsFrom: THREADS_FROM, ...options.load, log: options.log };
  if (isNew) await adoptSchema(environment, counters, journal);
  if (access === 'owner') {
    // Of a damaged one nobody would know whom the door must not let in again.
    stays.at('');
    await keyring.recover();
    // Who loads a large gallery sees which keys are in use: a pass for them alone would take half a second.
    if (environment.table(PERSONS).count() < loading.threadsFrom) await sweep(persons.usedSlots);
  }
  const record = (acts: readonly Act[]) =>
    environment.write(
      () => {
        for (const act of acts) journal.note(act);
      },
      { needsRoom: true },
    );
  return {
    persons,
    templates: persons.templates,
    everyone: openEnrolledReader(environment, persons, { ...keys, sweep }, loading).everyone,
    images,
    visits,
    stays,
    tokens: openTokenTable(environment, secrets, journal),
    outbox,
    posts,
    clock: openClockTable(environment),
    history,
    snapshots,
    receipts: createReceipts(secrets),
    audit: { page: audit.page, verify: audit.verify, prune: audit.prune, record },
    apply: access === 'owner' ? apply : refuseChange,
    rotateKey: async by => {
      if (access !== 'owner') refuseChange();
      needRoom();
      const { keyId } = await keyring.rotate();
      await record([{ at: Date.now(), act: 'key.rotate', by, details: { key: keyId } }]);
      return { keyId };
    },
    progress: environment.progress,
    probe: () => environment.write(() => counters.set('tried_at', Date.now()), { needsRoom: true }),
    backup: dir => backupStore({ environment, keys, dir }),
    close: async () => {
      await environment.close();
      await keyring.close();
    },
  };
}

function fail(cause: Error, onFatal: (error: Error) => void): never {
  const error = new FacegateError(
    'internal',
    'A key could not be overwritten; the daemon must restart, which does it.',
    {
      cause,
    },
  );
  onFatal(error);
  throw error;
}

function refuseChange(): never {
  throw new FacegateError('internal', 'Only the owner of the store changes its persons and its key.');
}
