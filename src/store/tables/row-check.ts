import { FacegateError } from '../../domain/errors.ts';
import { REF_BYTES } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { idKey, ownedKey } from '../records/key.ts';
import { openJson } from '../records/record.ts';

const TABLES = new Set([
  'meta',
  'persons',
  'persons_by_customer',
  'images',
  'visits',
  'consents',
  'stays',
  'outbox',
  'outbox_by_person',
  'history',
  'history_by_person',
  'snapshots',
  'posts',
  'operations',
  'operations_by_seq',
  'tombstones',
  'tokens',
  'audit',
]);
/** What was in it is in the records of the persons. */
const EMPTIED = 'templates';
const META = new Set(
  [
    'schema',
    'migrated_to',
    'change_seq',
    'outbox_seq',
    'outbox_dropped',
    'tried_at',
    'audit_head',
    'clock',
  ].map(name => rowOf(idKey(name))),
);
const NOBODY = rowOf(Buffer.alloc(REF_BYTES));

/**
 * Throws `internal` where a row has lost the one that it belongs to: a damaged key reads as a row that is not there, and nothing that opens
 * rows would miss it. Rows that hold their own key are left to whoever opens them.
 */
export function assertRows(environment: Environment): void {
  const table = (name: string) => environment.table(name);
  const isTable = (name: string) => TABLES.has(name) || name === EMPTIED;
  if (!environment.tableNames().every(isTable)) throw damaged('tables');
  for (const key of table('meta').keys()) if (!META.has(rowOf(key))) throw damaged('meta');

  const persons = table('persons');
  for (const name of ['visits', 'consents'])
    for (const ref of table(name).keys()) if (!persons.has(ref)) throw damaged(name);
  for (const name of ['stays', 'images'])
    for (const key of table(name).keys()) if (!persons.has(key.subarray(0, REF_BYTES))) throw damaged(name);
  for (const { key, value } of table('tombstones').entries())
    if (openJson<{ of?: string }>(value, 'tombstones').of !== rowOf(key)) throw damaged('tombstones');

  const [outbox, byPerson] = [table('outbox'), table('outbox_by_person')];
  let named = 0;
  for (const { key, value } of outbox.entries()) {
    const ref = value.subarray(0, REF_BYTES);
    if (rowOf(ref) === NOBODY) continue;
    named++;
    if (!persons.has(ref) || !byPerson.has(ownedKey(ref, key))) throw damaged('outbox');
  }
  if (named !== byPerson.count()) throw damaged('outbox_by_person');
}

/** A key as text. */
export function rowOf(key: Buffer): string {
  return key.toString('hex');
}

function damaged(table: string): FacegateError {
  return new FacegateError(
    'internal',
    `The store holds a record in the place of another (${table}); restore a backup.`,
  );
}
